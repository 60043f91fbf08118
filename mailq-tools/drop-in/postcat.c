/*
 * postcat - print queue files as Postfix's postcat does, only faster.
 */
#include "postcat.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "mailq-tools/drop-in/opener.h"
#include "mailq-tools/drop-in/postfix_own.h"
#include "mailq-tools/privilege.h"
#include "mailq-tools/process.h"

static _Noreturn void
usage(struct postcat *p)
{
	postcat_fatal(p,
		      "usage: %s [-b (body text)] [-c config_dir] [-d (decimal "
		      "record type)] [-e (envelope records)] [-h (header "
		      "text)] [-q (access queue)] [-v] [file(s)...]",
		      p->name);
}

static void
take_start(struct postcat *p, const char *text)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || text[digits] != '\0')
		postcat_fatal(p, "bad offset: %s", text);
	p->start = strtol(text, NULL, 10);
}

static void
take_option(struct postcat *p, int opt)
{
	switch (opt) {
	case 'b':
		p->body = true;
		break;
	case 'c':
		p->directory = optarg;
		break;
	case 'd':
		p->decimal = true;
		break;
	case 'e':
		p->envelope = true;
		break;
	case 'f':
		p->paths = true;
		break;
	case 'h':
		p->headers = true;
		break;
	case 'o':
		p->offsets = true;
		break;
	case 'q':
		p->search = true;
		break;
	case 'r':
		p->raw = true;
		break;
	case 's':
		take_start(p, optarg);
		break;
	case 'v':
		p->verbose++;
		break;
	default:
		usage(p);
	}
}

static void
take_options(struct postcat *p, int argc, char *argv[])
{
	int opt;

	while ((opt = getopt(argc, argv, "+bc:defhoqrs:v")) != -1)
		take_option(p, opt);
	if (!p->body && !p->envelope && !p->headers)
		p->body = p->envelope = p->headers = true;
}

/*
 * With -v, Postfix's library talks of what it finds in main.cf and of this
 * machine's addresses, before a file is read.  It does so here, too: its own
 * postcat gets a file with nothing in it.
 */
static void
let_postfix_talk(struct postcat *p)
{
	char program[PATH_MAX];
	char verbose[] = "-vvv";
	pid_t child;
	int status = 0;

	snprintf(program, sizeof(program), "%s/postcat",
		 p->config.command_directory);
	verbose[1 + (p->verbose < 3 ? p->verbose : 3)] = '\0';
	if (drop_in_is_myself(program))
		return;
	child = fork();
	if (child == 0) {
		if (p->directory == NULL)
			execl(program, p->name, verbose, "/dev/null", NULL);
		else
			execl(program, p->name, verbose, "-c", p->directory,
			      "/dev/null", NULL);
		_exit(0);
	}
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	/* A main.cf that it cannot use: it has said so. */
	if (child > 0 && WIFEXITED(status) && WEXITSTATUS(status) != 0)
		exit(WEXITSTATUS(status));
}

static void
read_config(struct postcat *p)
{
	struct qf_error err;

	if (qf_config_read(p->directory, &p->config, &err) != QF_OK)
		postcat_fatal(p, "%s", err.text);
	p->printable = qf_config_printable(&p->config);
	if (p->verbose > 0)
		let_postfix_talk(p);
}

static void
give_up_root(struct postcat *p)
{
	struct identity owner;
	struct qf_error err;

	if (geteuid() != 0)
		return;
	if (identity_of_user(p->config.mail_owner, &owner, &err) != QF_OK ||
	    identity_become(&owner, &err) != QF_OK)
		postcat_fatal(p, "%s", err.text);
}

static void
show_files(struct postcat *p, char *const paths[])
{
	struct opener opener;
	struct qf_error err;

	if (opener_start(&opener, paths, &err) != QF_OK)
		postcat_fatal(p, "%s", err.text);
	give_up_root(p);
	for (size_t i = 0; paths[i] != NULL; i++) {
		int fd = -1;
		int errnum = opener_next(&opener, &fd);

		if (errnum != 0)
			postcat_fatal(p, "open %s: %s", paths[i],
				      strerror(errnum));
		errnum = postcat_show(p, fd, paths[i], false);
		close(fd);
		if (errnum != 0)
			postcat_warn(p, "close %s: %s", paths[i],
				     strerror(errnum));
	}
	opener_stop(&opener);
}

/* The settings are only needed for ids that are not found. */
static void
show_ids(struct postcat *p, char *const ids[])
{
	struct tool tool = { .name = p->name };
	struct settings settings = { 0 };

	if (chdir(p->config.queue_directory) < 0)
		postcat_fatal(p, "chdir %s: %s", p->config.queue_directory,
			      strerror(errno));
	if (access(SETTINGS_FILE, R_OK) == 0)
		settings_open(&tool, &settings);
	give_up_root(p);
	postcat_queue(p, &tool, &settings, ids);
	settings_free(&settings);
}

/* A pipe whose reader has gone ends this as it ends Postfix's. */
static void
start(void)
{
	struct sigaction before;
	bool known = sigaction(SIGPIPE, NULL, &before) == 0;

	process_start(POSTCAT_FAILED);
	if (known && before.sa_handler == SIG_DFL)
		signal(SIGPIPE, SIG_DFL);
	tzset();
}

int
main(int argc, char **argv)
{
	struct postcat p = {
		.name = argc > 0 ? argv[0] : "postcat",
		.directory = getenv("MAIL_CONFIG"),
		.printable = QF_PRINTABLE_ASCII,
		.out = { .fd = STDOUT_FILENO },
	};

	start();
	take_options(&p, argc, argv);
	read_config(&p);
	p.walk = qf_walk_new();
	if (p.walk == NULL)
		postcat_fatal(&p, "%s", strerror(errno));
	if (optind == argc) {
		give_up_root(&p);
		(void)postcat_show(&p, STDIN_FILENO, "stdin", true);
	} else if (p.search) {
		show_ids(&p, argv + optind);
	} else {
		show_files(&p, argv + optind);
	}
	qf_walk_free(p.walk);
	qf_config_free(&p.config);
	postcat_exit(&p, 0);
}
