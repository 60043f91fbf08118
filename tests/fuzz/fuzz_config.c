/*
 * fuzz_config - any text as the output of postconf.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "queue-format/postfix/config.h"

static void
check_config(const struct qf_config *config)
{
	const char *const strings[] = {
		config->instance,	  config->instances,
		config->queue_directory,  config->command_directory,
		config->mail_owner,	  config->mail_name,
		config->showq_service,	  config->empty_address,
		config->hash_queue_names, config->mail_version,
	};

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		FUZZ_ASSERT(strings[i] != NULL &&
			    strchr(strings[i], '\n') == NULL);
	FUZZ_ASSERT(config->queue_directory[0] == '/');
	FUZZ_ASSERT(config->hash_queue_depth >= 1 &&
		    config->hash_queue_depth <= QF_HASH_DEPTH_MAX);
	FUZZ_ASSERT(config->bounce_queue_lifetime <=
		    config->maximal_queue_lifetime);
	FUZZ_ASSERT(config->minimal_backoff_time >= 0 &&
		    config->maximal_backoff_time >= 0 &&
		    config->bounce_queue_lifetime >= 0);
	FUZZ_ASSERT(config->major < 10000 && config->minor < 10000 &&
		    config->patch < 10000);
	FUZZ_ASSERT(qf_config_since(config, config->major, config->minor));
	FUZZ_ASSERT(!qf_config_is_hashed(config, "") ||
		    config->hash_queue_names[0] == '\0');
	(void)qf_config_is_hashed(config, "deferred");
	(void)qf_config_printable(config);
	(void)qf_config_trusts_maildrop(config);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct qf_config config = { 0 };
	struct qf_error err;

	FUZZ_ASSERT(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	if (qf_config_parse(text, &config, &err) == QF_OK) {
		check_config(&config);
		qf_config_free(&config);
	} else {
		FUZZ_ASSERT(err.status == QF_INVALID && err.text[0] != '\0');
	}
	FUZZ_ASSERT(config.queue_directory == NULL);
	free(text);
	return 0;
}
