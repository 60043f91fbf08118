#!/bin/sh
# The floors of docs/ARCHITECTURE.md: who may include whom, and what the
# library never does.
#
# usage: layers.sh [TREE]
#
# Without an argument it looks at the sources, and then proves that it can
# fail: a copy of them with a forbidden line in it has to be refused.

here=$(cd "$(dirname "$0")" && pwd)
top=${MQ_SRC:-$(cd "$here/.." && pwd)}
tree=${1:-$top}
status=0

# A file that was renamed must not slip through.
have() {
	for file; do
		if [ ! -f "$file" ]; then
			echo "FAIL: there is no $file" >&2
			status=1
		fi
	done
}

# deny WHO PATTERN FILE...: none of the files may include what matches.
deny() {
	who=$1
	pattern=$2
	shift 2
	have "$@"
	if grep -nE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($pattern)[>\"]" \
		"$@"; then
		echo "FAIL: $who must not include that" >&2
		status=1
	fi
}

# never WHY PATTERN FILE...: no code of the files may match.
never() {
	why=$1
	pattern=$2
	shift 2
	have "$@"
	if grep -nE "(^|[^A-Za-z0-9_])($pattern)" "$@" |
		grep -vE '^[^:]*:[0-9]+:[[:space:]]*(/?\*|/\*)'; then
		echo "FAIL: $why" >&2
		status=1
	fi
}

# floor MODULE BELOW...: inside postfix/, what a module may include beside
# itself.
floor() {
	module=$1
	above=
	for other in record attribute walk queue_id address delay_log envelope \
		config spool scan recipients load postfix_store folders \
		action quiet daemon wake structure text_source; do
		case " $* " in
		*" $other "*) ;;
		*) above="$above${above:+|}$other" ;;
		esac
	done
	# A large module is in parts: MODULE_PART.c.
	# shellcheck disable=SC2046
	deny "postfix/$module" "(.*/)?($above)\.h" $pf/"$module".[ch] \
		$(ls $pf/"$module"_*.[ch] 2>/dev/null)
}

cd "$tree" || exit 1
lib=queue-format
pf=$lib/postfix
query=$lib/query

deny 'the library' \
	'(\.\./)*(mailq-tools|tui|tests)/.*|n?curses\.h|ncursesw/.*|libsmartcols.*' \
	$lib/*.[ch] $lib/*/*.[ch]

# The ground floor knows no mail.
deny 'the ground floor' \
	'(.*/)?(message|filter|store|survey|field|group|queue-format)\.h|.*postfix/.*|.*showq/.*|.*query/.*' \
	$lib/error.[ch] $lib/arena.[ch] $lib/buffer.[ch] \
	$lib/string_set.[ch] $lib/text.[ch] $lib/command.[ch] \
	$lib/archive.[ch] $lib/checksum.[ch] $lib/json_read.[ch] $lib/nearest.[ch] $lib/reason.[ch] \
	$lib/reason_*.[ch] $lib/ascii.h $lib/span.h
# The journal keeps what it is given, and knows of nothing else.
deny 'the journal' \
	'(.*/)?(message|filter|store|survey|field|group|reason|text|command|queue-format)\.h|.*(postfix|showq|query)/.*' \
	$lib/journal*.[ch]
deny 'a message' \
	'(.*/)?(filter|store|survey|field|group|text|command|nearest)\.h|.*postfix/.*|.*showq/.*|.*query/.*' \
	$lib/message.[ch]
deny 'a filter or a store' \
	'(.*/)?(survey|field|group)\.h|.*postfix/.*|.*showq/.*|.*query/.*' \
	$lib/filter.[ch] $lib/store.[ch]
deny 'a survey or a field' '(.*/)?group\.h|.*postfix/.*|.*showq/.*|.*query/.*' \
	$lib/survey.[ch] $lib/field.[ch]

# A question is about messages, wherever they come from.
deny 'a question' \
	'(.*/)?(store|survey|group|command)\.h|.*postfix/.*|.*showq/.*' \
	$query/*.[ch]
deny 'how an expression is cut in pieces' \
	'(.*/)?(message|filter|field|arena|query|tree|value|regex)\.h' \
	$query/lex.[ch]
deny 'a value' '(.*/)?(lex|tree)\.h' $query/value.[ch] $query/glob.c \
	$query/number.c $query/regex.[ch]
deny 'a regular expression' '(.*/)?value\.h' $query/regex.[ch]
deny 'who does not parse' '(.*/)?lex\.h' $query/plan.c $query/test.c \
	$query/tree.h $query/query.h

# What is inside of a message is the same wherever it lies; only the one who
# asks is known outside.
deny 'what looks into messages' \
	'(.*/)?(message|filter|store|survey|field|group|command)\.h|.*(postfix|showq|query|plan)/.*' \
	$lib/content.[ch] $lib/content/*.[ch]
# shellcheck disable=SC2046
deny 'who does not look into messages' '(.*/)?content/.*' \
	$(printf '%s\n' $lib/*.[ch] $lib/*/*.[ch] mailq-tools/*.[ch] \
		mailq-tools/*/*.[ch] | grep -v '/content\.c$')
deny 'who asks what is in a message' \
	'(.*/)?content/(worker|look|headers|leaf.*|mime.*|view|magic_type|html|charset)\.h' \
	$lib/content.c

deny 'a group' \
	'(.*/)?(filter|store|survey|command)\.h|(.*/)?(postfix|showq|query)/.*' \
	$lib/group.[ch] $lib/group_row.h $lib/group_range.c $lib/group_sort.c

# Inside postfix/, from below.
floor record
floor record_name record
floor attribute
floor walk record
floor text_source walk record
floor queue_id
floor address
floor delay_log record
floor envelope record attribute
floor config address
floor spool config queue_id
floor scan spool queue_id config
floor recipients envelope delay_log address spool config
floor load recipients envelope record address spool config
floor postfix_store load scan spool config queue_id
floor quiet
floor daemon spool
floor wake spool
floor folders spool
floor structure queue_id spool config
floor action folders spool queue_id
floor essence envelope record
# shellcheck disable=SC2046
deny 'who is no part of action' '(.*/)?action_work\.h' \
	$(printf '%s\n' $lib/*.[ch] $lib/*/*.[ch] mailq-tools/*.[ch] \
		mailq-tools/*/*.[ch] | grep -v '/action_[a-z]*\.c$' |
		grep -v '/action\.c$')
deny 'the shape of bytes and names' '(.*/)?(message|filter|store|survey|field)\.h' \
	$pf/record.[ch] $pf/record_name.c $pf/attribute.[ch] $pf/walk.[ch] \
	$pf/queue_id.[ch] $pf/address.[ch] \
	$pf/delay_log.[ch] $pf/envelope.[ch] $pf/config.[ch]
# Who decides what is done to messages stands above all who do it, and knows
# nothing of questions.
deny 'a plan' \
	'(.*/)?(store|survey|filter|field|group|command|text)\.h|.*(showq|query)/.*' \
	$lib/plan/*.[ch]
# Who looks for faults knows no plans, but the names in the trash.
deny 'a check' \
	'(.*/)?(store|survey|filter|field|group|command|text)\.h|.*(showq|query)/.*|.*plan/(plan|work|pace|watch)\.h|.*postfix/(scan|wake|load|postfix_store)\.h' \
	$lib/check/*.[ch]
deny 'who only looks' \
	'(.*/)?(mend_work|postfix/(action|quiet|folders))\.h' \
	$lib/check/check.h $lib/check/work.h $lib/check/look.c \
	$lib/check/walk.c $lib/check/file.c $lib/check/content.c \
	$lib/check/log.c $lib/check/folder.c $lib/check/aside.c \
	$lib/check/kinds.c $lib/check/report.c
# shellcheck disable=SC2046
deny 'what is below a check' '(.*/)?check/.*\.h' \
	$(printf '%s\n' $lib/*.[ch] $lib/*/*.[ch] | grep -v '/check/')
# shellcheck disable=SC2046
deny 'who does not plan' '(.*/)?plan/(plan|work|copy|stage)\.h' \
	$(printf '%s\n' $lib/*.[ch] $lib/*/*.[ch] | grep -v '/plan/')
# shellcheck disable=SC2046
deny 'who only says what is to be done' '(.*/)?(postfix/(action|quiet|folders|wake)|plan/work|rules)\.h' \
	$(printf '%s\n' mailq-tools/*.[ch] mailq-tools/*/*.[ch])
deny 'a step of a change' '(.*/)?(message|filter|store|survey|field)\.h' \
	$pf/quiet.[ch] $pf/daemon.[ch] $pf/wake.[ch] $pf/folders.[ch] \
	$pf/action.[ch] $pf/action_*.[ch] $pf/structure.[ch]

# Only the implementations of a store know what a store is.
others=$(printf '%s\n' $pf/*.[ch] $lib/showq/*.[ch] |
	grep -v '_store\.[ch]$')
# shellcheck disable=SC2086 # a list of files
deny 'who is no store' '(.*/)?(store|survey)\.h' $others
deny 'what is asked' '(.*/)?(field|group)\.h|.*query/.*' \
	$pf/*.[ch] $lib/showq/*.[ch]
deny 'the two implementations of a store each other' '.*showq/.*' $pf/*.[ch]
deny 'the two implementations of a store each other' '.*postfix/.*' \
	$lib/showq/*.[ch]

# Libraries that are included by one place.
# shellcheck disable=SC2046
deny 'who does not read JSON' 'jansson\.h' \
	$(printf '%s\n' $lib/*.[ch] $lib/*/*.[ch] mailq-tools/*.[ch] \
		mailq-tools/*/*.[ch] | grep -v '/json_read\.c$')
# only_in FILE HEADER: of the library and the programs.
only_in() {
	# shellcheck disable=SC2046
	deny "who is not $1" "$2" \
		$(printf '%s\n' $lib/*.[ch] $lib/*/*.[ch] mailq-tools/*.[ch] \
			mailq-tools/*/*.[ch] | grep -vE "/$1\$")
}
only_in '(content/mime[a-z_]*\.[ch]|checksum\.c)' '(gmime|glib|gio)(/.*|\.h|-object\.h)'
only_in 'content/magic_type\.c' 'magic\.h'
only_in 'content/html\.c' 'libxml/.*'
only_in 'content/sandbox\.c' 'seccomp\.h|linux/(landlock|seccomp)\.h'
# shellcheck disable=SC2046,SC2010 # names of the tree
if grep -nE '^#include <archive' $lib/*.h $lib/*/*.[ch] mailq-tools/*.[ch] \
	$(ls $lib/*.c | grep -v '/archive\.c$'); then
	echo "FAIL: only archive.c includes libarchive's headers" >&2
	status=1
fi
# shellcheck disable=SC2046
deny 'who does not know regular expressions' 'pcre2.*\.h' \
	$(printf '%s\n' $lib/*.[ch] $lib/*/*.[ch] mailq-tools/*.[ch] \
		mailq-tools/*/*.[ch] | grep -v '/query/regex\.c$')
# What is in query/ beside query.h is its own.
# shellcheck disable=SC2046
deny 'who only asks' '(.*/)?query/(lex|regex|tree|value)\.h' \
	$(ls $lib/*.[ch] mailq-tools/*.[ch] mailq-tools/*/*.[ch])
# shellcheck disable=SC2046
deny 'who does not remember' 'lmdb\.h' \
	$(printf '%s\n' $lib/*.[ch] $lib/*/*.[ch] |
		grep -vE '/(index|journal|history)\.c$')
# shellcheck disable=SC2046
deny 'who does not draw tables' 'libsmartcols.*' \
	$(printf '%s\n' mailq-tools/*.[ch] mailq-tools/*/*.[ch] |
		grep -v '/output_table\.c$')
deny 'a program' 'tui/.*|tests/.*|curses\.h|lmdb\.h' \
	mailq-tools/*.[ch] mailq-tools/*/*.[ch]

# shellcheck disable=SC2046
never 'the library prints or exits' \
	'(printf|vprintf|puts|putchar|perror|exit|_exit|abort|err|errx|warn|warnx)\(|stdout|stderr' \
	$(printf '%s\n' $lib/*.c $lib/*/*.c |
		grep -vE '/(journal_check|content/worker)\.c$')
# A child that looked at a damaged file, or at messages, ends there.
never 'the library prints or exits' \
	'(printf|vprintf|puts|putchar|perror|exit|abort|err|errx|warn|warnx)\(|stdout|stderr' \
	$lib/journal_check.c $lib/content/worker.c
# shellcheck disable=SC2046
never 'the library reads the environment' '(secure_)?getenv\(' \
	$(printf '%s\n' $lib/*.c $lib/*/*.c | grep -v '/command\.c$')
if grep -n 'getenv(' $lib/command.c | grep -v 'getenv("TZ")'; then
	echo "FAIL: a program gets the time zone, and nothing else of ours" >&2
	status=1
fi
# One module, in parts, changes a spool; but the hash directories are spool's.  What
# remembers has files of its own, elsewhere.
but_not() {
	printf '%s\n' $lib/*.[ch] $lib/*/*.[ch] |
		grep -vE "/(index|journal|history)[a-z_]*\.[ch]\$|/($1)\.c\$"
}
# shellcheck disable=SC2046
never 'only postfix/action*.c change a spool' \
	'(rename|renameat2?|link|linkat|symlink|symlinkat|unlink|unlinkat|remove|rmdir|f?chmod|fchmodat|[fl]?chown|fchownat|futimens|utimensat|futimesat|l?utimes?|mkdir|mknod|mknodat|mkfifo|mkfifoat|f?truncate|posix_fallocate|fallocate|creat|mkstemp|mkdtemp)\(|O_CREAT|O_TRUNC|O_RDWR|SYS_(rename|unlink|link|mkdir|open[^a])' \
	$(but_not 'action|postfix/action_[a-z]+')
# shellcheck disable=SC2046
never 'only spool.c makes directories' 'mkdirat\(' \
	$(but_not spool)
# What action_create.c writes is no message and no log of anybody yet.
# shellcheck disable=SC2046
never 'only wake.c writes to what is in a spool' 'O_WRONLY' \
	$(but_not 'wake|postfix/action_create')
# shellcheck disable=SC2046
never 'only quiet.c takes a lock or a lease on a message' \
	'(flock|lockf)\(|F_SETLEASE|F_SETLKW?|F_OFD_SETLKW?' \
	$(but_not 'quiet|daemon')
never 'there is a better function than that' \
	'(system|popen|strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|mktemp|tmpnam|alloca|gets)\(' \
	$lib/*.[ch] $lib/*/*.[ch] mailq-tools/*.[ch] mailq-tools/*/*.[ch]

[ $# -eq 0 ] || exit $status

# The control: a copy is accepted, and refused with a forbidden line in it.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

copy() {
	rm -rf "$scratch/tree"
	mkdir "$scratch/tree"
	cp -r "$top/queue-format" "$top/mailq-tools" "$scratch/tree"
}

# refuse FILE LINE
refuse() {
	copy
	echo "$2" >>"$scratch/tree/$1"
	if sh "$here/layers.sh" "$scratch/tree" >/dev/null 2>&1; then
		echo "FAIL: \"$2\" in $1 is not noticed" >&2
		status=1
	fi
}

# forget MODULE: one that is not there any more, or has another name.
forget() {
	copy
	rm "$scratch/tree/$1".[ch]
	if sh "$here/layers.sh" "$scratch/tree" >/dev/null 2>&1; then
		echo "FAIL: that there is no $1 is not noticed" >&2
		status=1
	fi
}

copy
sh "$here/layers.sh" "$scratch/tree" || status=1
forget queue-format/postfix/queue_id
forget queue-format/query/lex
refuse queue-format/text.c '#include "message.h"'
refuse queue-format/postfix/record.c \
	'#include "queue-format/postfix/envelope.h"'
refuse queue-format/postfix/record.c '#include "envelope.h"'
refuse queue-format/postfix/queue_id.h '#include "queue-format/message.h"'
forget queue-format/postfix/walk
refuse queue-format/postfix/walk.c '#include "envelope.h"'
refuse queue-format/postfix/walk.h '#include "queue-format/message.h"'
refuse queue-format/postfix/attribute.c \
	'#include "queue-format/postfix/record.h"'
refuse queue-format/postfix/record_name.c '#include "walk.h"'
refuse queue-format/postfix/spool.c '# include "queue-format/postfix/scan.h"'
refuse queue-format/postfix/load.c '#include "queue-format/store.h"'
refuse queue-format/survey.c '#include "postfix/scan.h"'
refuse queue-format/store.c '#include "../mailq-tools/tool.h"'
refuse queue-format/content/look.c '#include "queue-format/postfix/record.h"'
refuse queue-format/content/look.c '#include <gmime/gmime.h>'
refuse queue-format/content/leaf.c '#include <magic.h>'
refuse queue-format/content/leaf_text.c '#include <libxml/HTMLparser.h>'
refuse queue-format/content/worker.c '#include <seccomp.h>'
refuse queue-format/content/worker.c 'static void f(void) { exit(1); }'
refuse queue-format/content/ward.c 'static void f(void) { _exit(1); }'
refuse queue-format/content.c '#include "content/worker.h"'
refuse queue-format/content.c '#include "queue-format/message.h"'
refuse queue-format/message.c '#include "queue-format/content/finding.h"'
refuse mailq-tools/tool.c '#include "queue-format/content/wire.h"'
refuse mailq-tools/tool.c '#include <glib.h>'
refuse queue-format/group.c '#include "queue-format/query/query.h"'
refuse queue-format/group.h '#include "store.h"'
refuse queue-format/message.c '#include <lmdb.h>'
refuse queue-format/journal_note.c '#include <lmdb.h>'
refuse queue-format/journal.h '#include "message.h"'
refuse queue-format/journal_job.c '#include "postfix/action.h"'
refuse queue-format/journal_check.c 'static void f(void) { exit(1); }'
refuse queue-format/journal_job.c 'static void f(void) { _exit(1); }'
refuse queue-format/command.c 'static char *f(void) { return getenv("X"); }'
refuse queue-format/showq/showq_store.c \
	'#include "queue-format/postfix/config.h"'
refuse queue-format/message.c '#include <jansson.h>'
refuse queue-format/query/test.c '#include <jansson.h>'
refuse queue-format/showq/listing_json.c '#include <jansson.h>'
refuse mailq-tools/json.c '#include <jansson.h>'
refuse mailq-tools/parcel.c '#include <archive.h>'
refuse queue-format/journal.c '#include <archive_entry.h>'
refuse queue-format/archive.c '#include <glib.h>'
refuse queue-format/archive.h '#include "queue-format/postfix/spool.h"'
refuse queue-format/postfix/essence.c '#include "spool.h"'
refuse queue-format/postfix/action.c 'static void f(void) { open(b, O_WRONLY); }'
refuse queue-format/json_read.c '#include "queue-format/message.h"'
refuse queue-format/query/test.c '#include "queue-format/store.h"'
refuse queue-format/query/plan.c '#include "queue-format/postfix/load.h"'
refuse queue-format/query/plan.c '#include "lex.h"'
refuse queue-format/query/lex.h '#include "queue-format/field.h"'
refuse queue-format/query/value.c '#include <pcre2.h>'
refuse queue-format/query/regex.c '#include "mailq-tools/tool.h"'
refuse queue-format/query/regex.c '#include "queue-format/query/value.h"'
refuse queue-format/query/parse.c 'static void f(void) { exit(1); }'
refuse mailq-tools/where.c '#include "queue-format/query/tree.h"'
refuse mailq-tools/where.c '#include <pcre2.h>'
refuse queue-format/postfix/load.c '#include "queue-format/query/query.h"'
refuse queue-format/reason_text.c '#include "queue-format/message.h"'
refuse queue-format/nearest.c '#include "field.h"'
refuse queue-format/span.h '#include "message.h"'
refuse queue-format/field.c '#include "query/query.h"'
refuse queue-format/error.c 'static void f(void) { printf("x"); }'
refuse queue-format/postfix/spool.c 'static char *f(void) { return getenv("X"); }'
forget queue-format/postfix/quiet
refuse queue-format/postfix/quiet.c '#include "queue-format/postfix/spool.h"'
refuse queue-format/postfix/daemon.h '#include "queue-format/postfix/action.h"'
refuse queue-format/postfix/wake.c '#include "daemon.h"'
refuse queue-format/postfix/scan.c '#include "structure.h"'
refuse queue-format/postfix/folders.c \
	'#include "queue-format/postfix/queue_id.h"'
refuse queue-format/postfix/action.c '#include "queue-format/postfix/quiet.h"'
refuse queue-format/postfix/action.h '#include "queue-format/message.h"'
refuse queue-format/postfix/load.c '#include "queue-format/postfix/action.h"'
refuse queue-format/postfix/action.c '#include "queue-format/plan/plan.h"'
refuse queue-format/plan/run.c '#include "queue-format/survey.h"'
refuse queue-format/plan/look.c '#include "queue-format/query/query.h"'
refuse queue-format/plan/carry.c 'static void f(void) { renameat(a, b); }'
refuse mailq-tools/choose.c '#include "queue-format/postfix/action.h"'
refuse queue-format/check/walk.c '#include "queue-format/postfix/action.h"'
refuse queue-format/check/look.c 'static void f(void) { unlinkat(a, b, 0); }'
refuse queue-format/check/mend.c '#include "queue-format/plan/plan.h"'
refuse queue-format/plan/run.c '#include "queue-format/check/check.h"'
for change in 'renameat2(a, b, c, d, 0)' 'renameat(a, b, c, d)' \
	'unlinkat(a, b, 0)' 'unlink(b)' 'fchmod(a, 0700)' 'futimens(a, b)' \
	'mkdir(b, 0700)' 'ftruncate(a, 0)' 'openat(a, b, O_CREAT | O_EXCL)' \
	'open(b, O_RDWR)' 'syscall(SYS_renameat2, a, b)' 'mkdirat(a, b, 0700)' \
	'open(b, O_WRONLY)' 'flock(a, LOCK_SH)' 'fcntl(a, F_SETLEASE, b)'; do
	refuse queue-format/postfix/folders.c "static void f(void) { $change; }"
done
refuse queue-format/postfix/spool.c 'static void f(void) { renameat(a, b); }'
refuse queue-format/postfix/quiet.c '#include "queue-format/postfix/action_work.h"'
refuse queue-format/postfix/action_log.c '#include "quiet.h"'
refuse queue-format/postfix/action_log.h 'static void f(void) { unlink(a); }'
refuse queue-format/postfix/action.c 'static void f(void) { mkdirat(a, b); }'
refuse mailq-tools/value.c '#include <libsmartcols.h>'
refuse mailq-tools/tool.c 'static void f(char *a, char *b) { strcpy(a, b); }'
exit $status
