#!/bin/sh
# links.sh - a trash as one might write it who does not know that the queue
# manager remembers: the message gets another name there and loses its own, and
# has its own back when it is restored; in incoming/, where qmgr(8) finds it.
#
# usage: links.sh delete|restore SPOOL <IDS
set -u

spool=$2
trash=$spool/mailq-tools-trash
[ -d "$trash" ] || install -d -o postfix -m 700 "$trash"
case $1 in
delete)
	while read -r id; do
		find "$spool/active" "$spool/incoming" "$spool/deferred" \
			-type f -name "$id" -exec ln {} "$trash/$id" \; \
			-exec rm {} \;
	done
	;;
restore)
	while read -r id; do
		ln "$trash/$id" "$spool/incoming/$id" && rm "$trash/$id"
	done
	;;
esac 2>/dev/null
