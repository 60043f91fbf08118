#!/bin/sh
# lab.sh - private Postfix instances on loopback, for tests.
#
# To be sourced, by a POSIX shell or by bats, with LAB_HOME set to the folder
# of this file.  An instance has a name, and below $LAB_ROOT/NAME folders of
# its own: etc/ (configuration), spool/, data/, and the file log.  Nothing of
# the system's own Postfix is read (except its programs) or changed.
#
#	lab_require			skip the test without Postfix or root
#	lab_missing			print why it would be skipped
#	lab_new NAME [PARAM=VALUE...]	make an instance; it is not started
#	lab_set NAME PARAM=VALUE...	change its main.cf
#	lab_service NAME LINE		add a line to its master.cf
#	lab_no_service NAME SERVICE	take a service out of its master.cf
#	lab_start NAME, lab_reload NAME, lab_stop NAME
#	lab_send NAME [-o PARAM]... FROM TO... <TEXT	a message through SMTP;
#					for options see smtp-send
#	lab_sendmail NAME ARGUMENT... <TEXT	a message through sendmail(1)
#	lab_send_part NAME ... <TEXT	the same, stopping within the text
#	lab_sink NAME [OPTION...]	run smtp-sink; its port in $lab_port
#	lab_wait CONDITION SECONDS [WHAT]	until the shell command succeeds
#	lab_cleanup			stop and remove everything
#
# The functions return non-zero after telling why on stderr.  Whoever makes
# instances calls lab_cleanup at the end; when that is not reached because
# the shell was killed, a guard does it.
#
# shellcheck disable=SC2016 # lab_wait takes its condition unexpanded

lab_fail() {
	echo "lab: $*" >&2
	return 1
}

lab_skip() {
	if [ "${CI:-}" = true ] && [ "$(id -u)" -eq 0 ]; then
		lab_fail "$1 (in CI as root this may not be skipped)"
	elif command -v skip >/dev/null; then
		skip "$1"
	else
		echo "skipped: $1" >&2
		exit 77
	fi
}

# What is not there; bats can skip a test, but not a whole file.
lab_missing() {
	if [ "$(id -u)" -ne 0 ]; then
		echo "a private Postfix needs root"
	elif ! command -v smtp-sink >/dev/null; then
		echo "Postfix is not installed"
	fi
}

lab_require() {
	lab_reason=$(lab_missing)
	[ -z "$lab_reason" ] || lab_skip "$lab_reason"
}

# lab_wait CONDITION SECONDS [WHAT]
lab_wait() {
	lab_deadline=$(($(date +%s) + $2))
	until eval "$1"; do
		[ "$(date +%s)" -lt "$lab_deadline" ] ||
			lab_fail "after $2 seconds still not: ${3:-$1}" ||
			return 1
		sleep 0.05
	done
}

# Daemons run as other users, who must be able to reach the folder.
lab_make_root() {
	LAB_ROOT=$(mktemp -d "${LAB_TMPDIR:-/tmp}/mailq-tools-lab.XXXXXX") ||
		return 1
	export LAB_ROOT
	chmod 755 "$LAB_ROOT"
	# In a session of its own, so that an interrupt from the terminal does
	# not reach it.  Without bats' descriptor 3, which bats waits for.
	setsid "$LAB_HOME/lab-guard" $$ "$LAB_ROOT" >/dev/null 2>&1 3>&- &
	echo $! >"$LAB_ROOT/guard"
}

lab_new() {
	[ -n "${LAB_ROOT:-}" ] || lab_make_root || return 1
	lab_d=$LAB_ROOT/$1
	mkdir "$lab_d" "$lab_d/etc" "$lab_d/spool" "$lab_d/data" || return 1
	chmod 755 "$lab_d" "$lab_d/etc" "$lab_d/spool"
	: >"$lab_d/pids"
	: >"$lab_d/log"
	chown "$(postconf -d -xh mail_owner)" "$lab_d/data" "$lab_d/log"
	lab_main_cf "$1" >"$lab_d/etc/main.cf"
	lab_master_cf >"$lab_d/etc/master.cf"
	[ $# -eq 1 ] || lab_set "$@"
	lab_age "$1"
}

# Postfix reads a configuration file of the last second again and again, in
# case somebody is still writing it.  We are not.
lab_age() {
	touch -d '1 minute ago' "$LAB_ROOT/$1/etc/"*.cf
}

# Nothing leaves the machine: all mail goes to a port where nobody listens,
# and stays in the queue.  No retry comes along while a test runs.
lab_main_cf() {
	cat <<END
compatibility_level = 3.6
queue_directory = $lab_d/spool
data_directory = $lab_d/data
daemon_directory = $(postconf -xh daemon_directory)
command_directory = $(postconf -xh command_directory)
mail_owner = $(postconf -d -xh mail_owner)
setgid_group = $(postconf -xh setgid_group)
import_environment = MAIL_CONFIG=$lab_d/etc TZ LANG=C
maillog_file = $lab_d/log
maillog_file_prefixes = $LAB_ROOT
syslog_name = lab-$1
myhostname = mail.lab.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:2
smtp_tls_security_level = none
alias_maps =
alias_database =
local_recipient_maps =
in_flow_delay = 0
smtpd_error_sleep_time = 0
smtpd_recipient_limit = 10000
smtpd_client_connection_count_limit = 0
queue_run_delay = 90000s
minimal_backoff_time = 90000s
maximal_backoff_time = 90000s
END
}

# The service named PORT becomes the port that lab_start finds.
lab_master_cf() {
	cat <<-'END'
		127.0.0.1:PORT inet n - n - - smtpd
		postlog unix-dgram n - n - 1 postlogd
		pickup unix n - n 60 1 pickup
		cleanup unix n - n - 0 cleanup
		qmgr unix n - n - 1 qmgr
		rewrite unix - - n - - trivial-rewrite
		bounce unix - - n - 0 bounce
		defer unix - - n - 0 bounce
		trace unix - - n - 0 bounce
		verify unix - - n - 1 verify
		flush unix n - n 1000? 0 flush
		proxymap unix - - n - - proxymap
		smtp unix - - n - - smtp
		relay unix - - n - - smtp
		showq unix n - n - - showq
		error unix - - n - - error
		retry unix - - n - - error
		discard unix - - n - - discard
		local unix - n n - - local
		anvil unix - - n - 1 anvil
		scache unix - - n - 1 scache
	END
}

lab_set() {
	lab_name=$1
	shift
	lab_age "$lab_name"
	postconf -c "$LAB_ROOT/$lab_name/etc" -e "$@" && lab_age "$lab_name"
}

lab_service() {
	echo "$2" >>"$LAB_ROOT/$1/etc/master.cf"
	lab_age "$1"
}

lab_no_service() {
	sed -i "/^$2[[:blank:]]/d" "$LAB_ROOT/$1/etc/master.cf"
	lab_age "$1"
}

# A port from below the range that the kernel takes for connections.
lab_random_port() {
	echo $((20000 + $(od -An -N2 -tu2 /dev/urandom) % 12000))
}

# Postfix shares a port with any other Postfix, and then each gets a part of
# the other's mail: so a port is taken before it is used, with a link that only
# one can make.  Links of those who are gone do not count.
lab_take_port() {
	for _ in 1 2 3 4 5 6 7 8; do
		lab_port=$(lab_random_port)
		lab_link=/tmp/mailq-tools-port.$lab_port
		[ -e "$lab_link" ] || rm -f "$lab_link"
		[ -z "$(lab_listeners "$lab_port")" ] &&
			ln -s -n "$LAB_ROOT" "$lab_link" 2>/dev/null && return
	done
	lab_fail "no free port found"
}

lab_give_ports_back() {
	find /tmp -ignore_readdir_race -maxdepth 1 -name 'mailq-tools-port.*' -lname "$LAB_ROOT" \
		-delete
}

# lab_listeners PORT: their sockets.
lab_listeners() {
	awk -v "port=$(printf ':%04X' "$1")" \
		'$2 ~ port "$" && $4 == "0A" { print $10 }' \
		/proc/net/tcp /proc/net/tcp6 2>/dev/null
}

lab_shared() {
	[ "$(lab_listeners "$1" | wc -l)" -gt 1 ]
}

# lab_listens PID PORT: whether this process has the port, for itself alone.
lab_listens() {
	find "/proc/$1/fd" -lname "socket:\[$(lab_listeners "$2")\]" \
		2>/dev/null | grep -q .
}

lab_port() {
	cat "$LAB_ROOT/$1/port"
}

lab_master_pid() {
	tr -d ' ' <"$LAB_ROOT/$1/spool/pid/master.pid"
}

# Somebody who knows nothing of our links may take the port in between: then
# take another.
lab_start() {
	for _ in 1 2 3 4 5 6 7 8; do
		lab_take_port || return 1
		echo "$lab_port" >"$LAB_ROOT/$1/port"
		sed -i "s/^127.0.0.1:[^ ]*/127.0.0.1:$lab_port/" \
			"$LAB_ROOT/$1/etc/master.cf"
		lab_age "$1"
		if ! lab_try_start "$1"; then
			grep -q 'Address already in use' "$LAB_ROOT/$1/log" ||
				break
		elif lab_shared "$lab_port"; then
			lab_stop "$1" || break
		else
			lab_wait_ready "$1"
			return
		fi
	done
	lab_fail "$1 does not start:"
	tail -n 5 "$LAB_ROOT/$1/start.out" "$LAB_ROOT/$1/log" >&2
	return 1
}

lab_try_start() {
	(
		cd "$LAB_ROOT/$1" &&
			postfix -c "$LAB_ROOT/$1/etc" start >start.out 2>&1 3>&-
	) && lab_master_pid "$1" >>"$LAB_ROOT/$1/pids"
}

lab_wait_ready() {
	lab_m=$(lab_master_pid "$1")
	# shellcheck disable=SC2034 # used by the condition
	lab_public=$LAB_ROOT/$1/spool/public
	lab_wait '[ -S "$lab_public/showq" ] && [ -S "$lab_public/qmgr" ] &&
		lab_listens "$lab_m" "$(lab_port "'"$1"'")"' 20 \
		"Postfix of $1 is up"
}

# lab_processes FOLDER [PROGRAM]: who works there.  All of Postfix's programs
# stay in their queue directory, and we start ours in the instance's folder.
lab_processes() {
	find /proc/[0-9]*/cwd -maxdepth 0 \
		\( -lname "$1" -o -lname "$1/*" \) 2>/dev/null |
		while IFS=/ read -r _ _ lab_pid _; do
			[ -z "${2:-}" ] ||
				grep -qsx "$2" "/proc/$lab_pid/comm" ||
				continue
			echo "$lab_pid"
		done
}

# lab_ours NAME: those of them that we started, or that are in the session of
# a Postfix that we started; not the shell of somebody who looks around.
lab_ours() {
	for lab_pid in $(lab_processes "$LAB_ROOT/$1"); do
		lab_sid=$(ps -o sid= -p "$lab_pid" | tr -d ' ')
		grep -qx -e "$lab_pid" -e "${lab_sid:-none}" \
			"$LAB_ROOT/$1/pids" && echo "$lab_pid"
	done
	return 0
}

# As `postfix reload', but without its postsuper, which would repair in the
# background what a test has damaged.  Done when the old qmgr and showq are
# gone; a delivery under way goes on with what it knows.
lab_reload() {
	lab_s=$LAB_ROOT/$1/spool
	lab_old=$(lab_processes "$lab_s" qmgr) || return 1
	lab_old="$lab_old $(lab_processes "$lab_s" showq)"
	kill -HUP "$(lab_master_pid "$1")" || return 1
	for lab_pid in $lab_old; do
		lab_wait '! kill -0 "$lab_pid" 2>/dev/null' 20 \
			"process $lab_pid of $1 has ended" || return 1
	done
	lab_wait_ready "$1"
}

# What is still there after ten seconds is killed, each by its own id.
lab_stop() {
	lab_s=$LAB_ROOT/$1/spool
	[ -s "$lab_s/pid/master.pid" ] || return 0
	lab_m=$(lab_master_pid "$1")
	if lab_ours "$1" | grep -qx "$lab_m"; then
		kill "$lab_m" 2>/dev/null
	fi
	lab_wait '[ -z "$(lab_processes "$lab_s")" ]' 10 \
		"Postfix of $1 has stopped" && return
	lab_kill "$1" KILL
	return 1
}

# lab_kill NAME SIGNAL: whatever we started in the folder.
lab_kill() {
	for lab_pid in $(lab_ours "$1"); do
		kill "-$2" "$lab_pid" 2>/dev/null
	done
	lab_wait '[ -z "$(lab_ours "'"$1"'")" ]' 10 \
		"all processes of $1 have ended"
}

lab_send() {
	lab_to=$(lab_port "$1")
	shift
	"$LAB_HOME/smtp-send" "$@" "$lab_to"
}

lab_sendmail() {
	lab_d=$LAB_ROOT/$1
	shift
	MAIL_CONFIG=$lab_d/etc sendmail "$@"
}

# lab_background NAME OUTPUT COMMAND...: run it in the instance's folder.  Its
# id is in $lab_pid.
lab_background() {
	lab_d=$LAB_ROOT/$1
	lab_out=$LAB_ROOT/$1/$2
	shift 2
	(cd "$lab_d" && exec "$@") >"$lab_out" 2>&1 3>&- &
	lab_pid=$!
	echo $lab_pid >>"$lab_d/pids"
}

# lab_send_part NAME ...: as lab_send, but the text does not come to an end
# while the instance is there.
lab_send_part() {
	lab_to=$(lab_port "$1")
	lab_name=$1
	shift
	cat >"$LAB_ROOT/$lab_name/part"
	lab_background "$lab_name" send.out sh -c 'exec "$@" <part' - \
		"$LAB_HOME/smtp-send" -p "$@" "$lab_to"
	lab_wait 'grep -qx waiting "$lab_out" || ! kill -0 $lab_pid' 20 ||
		return 1
	grep -qx waiting "$lab_out" || {
		cat "$lab_out" >&2
		return 1
	}
}

# The port comes in a variable: $(...) would wait for the sink's end.
lab_sink() {
	lab_name=$1
	shift
	for _ in 1 2 3 4 5 6 7 8; do
		lab_take_port || return 1
		lab_background "$lab_name" sink.out \
			smtp-sink -4 -u nobody "$@" "127.0.0.1:$lab_port" 100
		lab_wait 'lab_listens $lab_pid $lab_port ||
			! kill -0 $lab_pid 2>/dev/null' 20 || return 1
		lab_listens $lab_pid "$lab_port" && return
	done
	lab_fail "smtp-sink does not start:"
	cat "$LAB_ROOT/$lab_name/sink.out" >&2
	return 1
}

lab_cleanup() {
	[ -n "${LAB_ROOT:-}" ] && [ -d "$LAB_ROOT" ] || return 0
	lab_status=0
	for lab_d in "$LAB_ROOT"/*/; do
		[ -d "$lab_d" ] || continue
		lab_name=${lab_d%/}
		lab_name=${lab_name##*/}
		lab_stop "$lab_name" || lab_status=1
		lab_kill "$lab_name" TERM || lab_kill "$lab_name" KILL ||
			lab_status=1
	done
	"$LAB_HOME/leaks" "$LAB_ROOT" >&2 || lab_status=1
	lab_guard=$(cat "$LAB_ROOT/guard")
	lab_give_ports_back
	rm -rf "$LAB_ROOT"
	# The guard leads its own session; its `tail' goes with it.
	[ "$lab_guard" = $$ ] || kill -- "-$lab_guard" 2>/dev/null
	unset LAB_ROOT
	return $lab_status
}
