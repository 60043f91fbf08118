/*
 * per_domain.c - no more than so many messages for each domain of recipients.
 */
#include "per_domain.h"

#include <stddef.h>
#include <string.h>

/* RFC 1035; what is longer is no domain, and its begin has to do. */
#define NAME_MAX_LEN 255

struct domain {
	unsigned long count;
	uint64_t last; /* the message that was counted last, from 1 on */
	char name[];
};

/* Of an address without a domain it is "". */
static void
name_of(const char *address, char name[NAME_MAX_LEN + 1])
{
	const char *at = strrchr(address, '@');
	size_t len = 0;

	for (at = at == NULL ? "" : at + 1; at[len] != '\0'; len++) {
		if (len == NAME_MAX_LEN)
			break;
		name[len] = at[len] >= 'A' && at[len] <= 'Z'
				    ? (char)(at[len] - 'A' + 'a')
				    : at[len];
	}
	name[len] = '\0';
}

static struct domain *
find(const struct per_domain *per, const char *address)
{
	char wanted[NAME_MAX_LEN + 1];
	const char *name;

	name_of(address, wanted);
	name = qf_string_set_find(&per->domains, wanted);
	if (name == NULL)
		return NULL;
	return (struct domain *)(void *)((char *)name -
					 offsetof(struct domain, name));
}

static struct domain *
add(struct per_domain *per, const char *address)
{
	char name[NAME_MAX_LEN + 1];
	struct domain *domain;
	size_t size;

	name_of(address, name);
	size = strlen(name) + 1;
	domain = qf_arena_alloc(&per->arena, sizeof(*domain) + size);
	if (domain == NULL)
		return NULL;
	*domain = (struct domain){ 0 };
	memcpy(domain->name, name, size);
	return qf_string_set_add(&per->domains, domain->name) ? domain : NULL;
}

static bool
is_full(const struct per_domain *per, const struct qf_message *message)
{
	for (size_t i = 0; i < message->left_count; i++) {
		const struct domain *domain =
			find(per, message->left[i].address);

		if (domain != NULL && domain->count >= per->limit)
			return true;
	}
	return false;
}

enum qf_status
per_domain_take(struct per_domain *per, const struct qf_message *message)
{
	if (is_full(per, message))
		return QF_STOPPED;
	per->messages++;
	for (size_t i = 0; i < message->left_count; i++) {
		const char *address = message->left[i].address;
		struct domain *domain = find(per, address);

		if (domain == NULL)
			domain = add(per, address);
		if (domain == NULL)
			return QF_SYSTEM;
		domain->count += domain->last != per->messages;
		domain->last = per->messages;
	}
	return QF_OK;
}

void
per_domain_free(struct per_domain *per)
{
	qf_string_set_free(&per->domains);
	qf_arena_free(&per->arena);
}
