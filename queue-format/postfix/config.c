/*
 * config.c - the settings of a Postfix instance.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "queue-format/command.h"

/* postconf's output is a few kB; a main.cf with more is a mistake. */
#define MAX_OUTPUT (1024 * 1024)

enum kind {
	STRING,
	NUMBER,
	SIZE, /* in bytes */
	BOOLEAN,
	TIME,
};

/*
 * One row for each setting.  The fallback is Postfix's own default; `unit' is
 * that of a time without suffix.
 */
static const struct setting {
	const char *name;
	enum kind kind;
	char unit;
	size_t offset;
	const char *fallback;
} settings[] = {
#define AT(member) offsetof(struct qf_config, member)
	{ "multi_instance_name", STRING, 0, AT(instance), "" },
	{ "multi_instance_directories", STRING, 0, AT(instances), "" },
	{ "queue_directory", STRING, 0, AT(queue_directory),
	  "/var/spool/postfix" },
	{ "command_directory", STRING, 0, AT(command_directory), "/usr/sbin" },
	{ "mail_owner", STRING, 0, AT(mail_owner), "postfix" },
	{ "mail_name", STRING, 0, AT(mail_name), "Postfix" },
	{ "syslog_name", STRING, 0, AT(syslog_name), "postfix" },
	{ "showq_service_name", STRING, 0, AT(showq_service), "showq" },
	{ "empty_address_recipient", STRING, 0, AT(empty_address),
	  "MAILER-DAEMON" },
	{ "hash_queue_names", STRING, 0, AT(hash_queue_names),
	  "deferred, defer" },
	{ "mail_version", STRING, 0, AT(mail_version), "3.7.11" },
	{ "hash_queue_depth", NUMBER, 0, AT(hash_queue_depth), "1" },
	{ "duplicate_filter_limit", NUMBER, 0, AT(duplicate_filter_limit),
	  "1000" },
	{ "message_size_limit", SIZE, 0, AT(message_size_limit), "10240000" },
	{ "queue_minfree", SIZE, 0, AT(queue_minfree), "0" },
	{ "enable_long_queue_ids", BOOLEAN, 0, AT(long_queue_ids), "no" },
	{ "smtputf8_enable", BOOLEAN, 0, AT(smtputf8), "yes" },
	{ "minimal_backoff_time", TIME, 's', AT(minimal_backoff_time), "300s" },
	{ "maximal_backoff_time", TIME, 's', AT(maximal_backoff_time),
	  "4000s" },
	{ "maximal_queue_lifetime", TIME, 'd', AT(maximal_queue_lifetime),
	  "5d" },
	{ "bounce_queue_lifetime", TIME, 'd', AT(bounce_queue_lifetime), "5d" },
#undef AT
};

#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

static enum qf_status
set_string(char **member, const char *value, struct qf_error *err)
{
	char *copy = strdup(value);

	if (copy == NULL)
		return qf_system(err, "cannot keep a setting");
	free(*member);
	*member = copy;
	return QF_OK;
}

static int64_t
seconds_in(char unit)
{
	switch (unit) {
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return 86400;
	case 'w':
		return 604800;
	default:
		return 0;
	}
}

/* Digits, and for a time one letter. */
static enum qf_status
parse_number(const struct setting *setting, const char *value, int64_t *number,
	     struct qf_error *err)
{
	char *end = NULL;
	char unit = setting->unit;
	long long digits;

	errno = 0;
	digits = strtoll(value, &end, 10);
	if (setting->kind == TIME && end > value && *end != '\0')
		unit = *end++;
	if (end == value || *end != '\0' || errno != 0 || digits < 0 ||
	    (setting->kind != SIZE && digits > INT32_MAX) ||
	    (unit != 0 && seconds_in(unit) == 0))
		return qf_fail(
			err, QF_INVALID, "%s: not a %s: \"%s\"", setting->name,
			setting->kind == TIME ? "time" : "number", value);
	*number = digits * (unit == 0 ? 1 : seconds_in(unit));
	return QF_OK;
}

static enum qf_status
parse_boolean(const struct setting *setting, const char *value, bool *flag,
	      struct qf_error *err)
{
	if (strcasecmp(value, "yes") != 0 && strcasecmp(value, "no") != 0)
		return qf_fail(err, QF_INVALID, "%s: not yes or no: \"%s\"",
			       setting->name, value);
	*flag = strcasecmp(value, "yes") == 0;
	return QF_OK;
}

static enum qf_status
set(struct qf_config *config, const struct setting *setting, const char *value,
    struct qf_error *err)
{
	void *member = (char *)config + setting->offset;
	enum qf_status status;
	int64_t number = 0;

	switch (setting->kind) {
	case STRING:
		return set_string(member, value, err);
	case BOOLEAN:
		return parse_boolean(setting, value, member, err);
	case NUMBER:
		status = parse_number(setting, value, &number, err);
		if (status == QF_OK)
			*(unsigned *)member = (unsigned)number;
		return status;
	case SIZE:
	case TIME:
		status = parse_number(setting, value, &number, err);
		if (status == QF_OK)
			*(int64_t *)member = number;
		return status;
	}
	return QF_OK;
}

static enum qf_status
set_by_name(struct qf_config *config, const char *name, size_t len,
	    const char *value, struct qf_error *err)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		if (strlen(settings[i].name) == len &&
		    memcmp(settings[i].name, name, len) == 0)
			return set(config, &settings[i], value, err);
	}
	return QF_OK;
}

/* Digits, and what stands behind them.  NULL: there are none. */
static const char *
version_part(const char *text, unsigned *part)
{
	unsigned value = 0;
	size_t i = 0;

	for (; i < 4 && text[i] >= '0' && text[i] <= '9'; i++)
		value = value * 10 + (unsigned)(text[i] - '0');
	if (i == 0)
		return NULL;
	*part = value;
	return text + i;
}

/* "3.7.11", "3.12-20260821" */
static void
parse_version(struct qf_config *config)
{
	const char *text = version_part(config->mail_version, &config->major);

	if (text != NULL && *text == '.')
		text = version_part(text + 1, &config->minor);
	else
		text = NULL;
	if (text == NULL) {
		config->major = 3;
		config->minor = 7;
	} else if (*text == '.') {
		(void)version_part(text + 1, &config->patch);
	}
}

static enum qf_status
check(struct qf_config *config, struct qf_error *err)
{
	if (config->queue_directory[0] != '/')
		return qf_fail(err, QF_INVALID,
			       "queue_directory: not an absolute path: \"%s\"",
			       config->queue_directory);
	if (config->hash_queue_depth < 1 ||
	    config->hash_queue_depth > QF_HASH_DEPTH_MAX)
		return qf_fail(err, QF_INVALID,
			       "hash_queue_depth: out of range: %u",
			       config->hash_queue_depth);
	/* bounce(8) takes the smaller of the two. */
	if (config->bounce_queue_lifetime > config->maximal_queue_lifetime)
		config->bounce_queue_lifetime = config->maximal_queue_lifetime;
	parse_version(config);
	return QF_OK;
}

static enum qf_status
set_defaults(struct qf_config *config, struct qf_error *err)
{
	enum qf_status status = QF_OK;

	*config = (struct qf_config){ 0 };
	for (size_t i = 0; status == QF_OK && i < SETTINGS; i++)
		status = set(config, &settings[i], settings[i].fallback, err);
	return status;
}

/* One line of postconf's: `name = value', the value perhaps empty. */
static enum qf_status
parse_line(struct qf_config *config, const char *line, size_t len,
	   struct qf_error *err)
{
	const char *equal = memchr(line, '=', len);
	const char *end = line + len;
	const char *value;
	size_t name_len;
	char *copy;
	enum qf_status status;

	if (equal == NULL)
		return QF_OK;
	name_len = (size_t)(equal - line);
	while (name_len > 0 && line[name_len - 1] == ' ')
		name_len--;
	for (value = equal + 1; value < end && *value == ' '; value++)
		;
	while (end > value && end[-1] == ' ')
		end--;
	copy = strndup(value, (size_t)(end - value));
	if (copy == NULL)
		return qf_system(err, "cannot read the configuration");
	status = set_by_name(config, line, name_len, copy, err);
	free(copy);
	return status;
}

enum qf_status
qf_config_parse(const char *text, struct qf_config *config,
		struct qf_error *err)
{
	struct qf_config read = { 0 };
	enum qf_status status = set_defaults(&read, err);

	while (status == QF_OK && *text != '\0') {
		size_t len = strcspn(text, "\n");

		status = parse_line(&read, text, len, err);
		text += len;
		if (*text == '\n')
			text++;
	}
	if (status == QF_OK)
		status = check(&read, err);
	if (status == QF_OK)
		*config = read;
	else
		qf_config_free(&read);
	return status;
}

enum qf_status
qf_config_default(const char *queue_directory, struct qf_config *config,
		  struct qf_error *err)
{
	struct qf_config made = { 0 };
	enum qf_status status = set_defaults(&made, err);

	if (status == QF_OK)
		status =
			set_string(&made.queue_directory, queue_directory, err);
	if (status == QF_OK) {
		parse_version(&made);
		*config = made;
	} else {
		qf_config_free(&made);
	}
	return status;
}

void
qf_config_free(struct qf_config *config)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		if (settings[i].kind == STRING)
			free(*(char **)((char *)config + settings[i].offset));
	}
	free(config->directory);
	*config = (struct qf_config){ 0 };
}

/* Where packages put postconf; the one of configure's option first. */
static const char *
find_postconf(void)
{
	static const char *const places[] = {
		POSTCONF_PATH,
		"/usr/sbin/postconf",
		"/usr/local/sbin/postconf",
		"/usr/pkg/sbin/postconf",
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (access(places[i], X_OK) == 0)
			return places[i];
	}
	return NULL;
}

/*
 * Names are printed with the values (no -h): a Postfix that does not know a
 * name leaves its line out, and says so on its standard error.
 */
static size_t
make_arguments(const char *program, const char *directory,
	       const char *argv[SETTINGS + 5])
{
	size_t n = 0;

	argv[n++] = program;
	if (directory != NULL) {
		argv[n++] = "-c";
		argv[n++] = directory;
	}
	argv[n++] = "-x";
	for (size_t i = 0; i < SETTINGS; i++)
		argv[n++] = settings[i].name;
	argv[n] = NULL;
	return n;
}

static enum qf_status
read_output(FILE *out, struct qf_buffer *text, struct qf_error *err)
{
	char piece[4096];
	size_t got;

	while ((got = fread(piece, 1, sizeof(piece), out)) > 0 &&
	       text->len < MAX_OUTPUT)
		qf_buffer_add(text, piece, got);
	if (ferror(out) || text->failed)
		return qf_system(err, "cannot read from postconf");
	return QF_OK;
}

/*
 * What postconf says without its name: it is what any program of Postfix
 * would say.  A folder without main.cf is no instance.
 */
static enum qf_status
postconf_failed(const char *directory, const char *said, struct qf_error *err)
{
	const char *fatal = strstr(said, "fatal: ");
	char path[PATH_MAX];

	if (fatal != NULL)
		said = fatal + strlen("fatal: ");
	if (*said == '\0')
		said = "postconf failed";
	snprintf(path, sizeof(path), "%s/main.cf",
		 directory == NULL ? "" : directory);
	if (directory != NULL && access(path, F_OK) < 0 && errno == ENOENT)
		return qf_fail(err, QF_ABSENT, "%s", said);
	return qf_fail(err, QF_INVALID, "%s", said);
}

static enum qf_status
run_postconf(const char *directory, struct qf_buffer *text,
	     struct qf_error *err)
{
	const char *argv[SETTINGS + 5];
	const char *program = find_postconf();
	struct qf_command *command = NULL;
	struct qf_buffer said = { 0 };
	enum qf_status status;
	enum qf_status ended;
	int exit_status = 0;
	FILE *out = NULL;

	if (program == NULL)
		return qf_fail(err, QF_ABSENT, "no postconf, so no Postfix");
	make_arguments(program, directory, argv);
	status = qf_command_start(argv, &command, &out, err);
	if (status != QF_OK)
		return status;
	status = read_output(out, text, err);
	ended = qf_command_end(command, &exit_status, &said,
			       status == QF_OK ? err : NULL);
	if (status == QF_OK)
		status = ended;
	if (status == QF_OK && exit_status != 0)
		status = postconf_failed(directory, qf_buffer_text(&said), err);
	qf_buffer_free(&said);
	return status;
}

enum qf_status
qf_config_read(const char *directory, struct qf_config *config,
	       struct qf_error *err)
{
	struct qf_buffer text = { 0 };
	struct qf_config read = { 0 };
	enum qf_status status = run_postconf(directory, &text, err);

	if (status == QF_OK)
		status = qf_config_parse(qf_buffer_text(&text), &read, err);
	if (status == QF_OK)
		status = set_string(&read.directory,
				    directory == NULL ? "" : directory, err);
	if (status == QF_OK)
		*config = read;
	else
		qf_config_free(&read);
	qf_buffer_free(&text);
	return status;
}

bool
qf_config_since(const struct qf_config *config, unsigned major, unsigned minor)
{
	return config->major > major ||
	       (config->major == major && config->minor >= minor);
}

/* 3.11 began it, and older series got it with a patch in late 2025. */
bool
qf_config_trusts_maildrop(const struct qf_config *config)
{
	static const struct {
		unsigned minor, patch;
	} patched[] = { { 7, 17 }, { 8, 12 }, { 9, 6 }, { 10, 5 } };

	for (size_t i = 0; i < sizeof(patched) / sizeof(patched[0]); i++) {
		if (config->major == 3 && config->minor == patched[i].minor)
			return config->patch < patched[i].patch;
	}
	return !qf_config_since(config, 3, 11);
}

bool
qf_config_is_hashed(const struct qf_config *config, const char *queue)
{
	const char *names = config->hash_queue_names;
	size_t len = strlen(queue);

	for (;;) {
		size_t word;

		names += strspn(names, ", \t\r\n");
		word = strcspn(names, ", \t\r\n");
		if (word == 0)
			return false;
		if (word == len && strncasecmp(names, queue, len) == 0)
			return true;
		names += word;
	}
}

enum qf_printable
qf_config_printable(const struct qf_config *config)
{
	if (!config->smtputf8)
		return QF_PRINTABLE_ASCII;
	return qf_config_since(config, 3, 9) ? QF_PRINTABLE_STRICT
					     : QF_PRINTABLE_LOOSE;
}
