#!/bin/sh
# Every header compiles alone.

top=${MQ_SRC:-$(cd "$(dirname "$0")/.." && pwd)}
status=0

for header in "$top"/queue-format/*.h "$top"/queue-format/*/*.h \
	"$top"/mailq-tools/*.h "$top"/mailq-tools/*/*.h; do
	printf '#include "%s"\nint nothing;\n' "$header" |
		${CC:-cc} -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror \
			-I"$top" -fsyntax-only -x c - || {
		echo "FAIL: $header does not compile alone" >&2
		status=1
	}
done
exit $status
