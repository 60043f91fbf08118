#!/bin/sh
# Every header compiles alone.

top=${MQ_SRC:-$(cd "$(dirname "$0")/.." && pwd)}
status=0
# For the few headers that need another library's.
flags=$(${PKG_CONFIG:-pkg-config} --cflags gmime-3.0)

for header in "$top"/queue-format/*.h "$top"/queue-format/*/*.h \
	"$top"/mailq-tools/*.h "$top"/mailq-tools/*/*.h; do
	# shellcheck disable=SC2086 # a list of flags
	printf '#include "%s"\nint nothing;\n' "$header" |
		${CC:-cc} -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror \
			-I"$top" $flags -fsyntax-only -x c - || {
		echo "FAIL: $header does not compile alone" >&2
		status=1
	}
done
exit $status
