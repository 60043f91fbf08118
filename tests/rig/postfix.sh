# postfix.sh - the private Postfix that the rig puts under load.
#
# To be sourced after lab.sh.  Its instance is called "rig".
#
#	rig_make KEY=VALUE...	make the instance for a configuration
#	rig_files QUEUE...	the message files there, one path a line
#	rig_ids COUNT SEED QUEUE...	some ids from there, by chance
#	rig_mail COUNT SEED	some ids and tags of injected messages
#	rig_restart		stop the mail system, and start it again
#
# A configuration is made of keys of ours and of Postfix's own parameters:
#
#	ids=short|long		the form of queue ids
#	concurrency=N		deliveries at a time to a destination
#	recipients=N,...	recipients of a message; 60: not all in memory
#	domains=N		destinations
#	hash=N			depth of the queues' hash directories
#	rate_delay=TIME		between deliveries to a destination
#	lifetime=TIME		of a message; default: longer than the run
#	warning=TIME		until the sender is told of a delay
#	delay=MS, refuse=PERCENT, later=PERCENT		of the sink
#	rate=N			messages a minute that are injected
#	slow_flock=MS, slow_bounce=MS	see slow.c
# shellcheck shell=sh
# shellcheck disable=SC2016,SC2034,SC2154 # for lab_wait; rig.sh; by lab.sh

rig_defaults() {
	rig_recipients=1
	rig_domains=20
	rig_delay=100
	rig_refuse=0
	rig_later=0
	rig_rate=600
	rig_slow_flock=0
	rig_slow_bounce=0
}

# rig_read KEY=VALUE...: Postfix's as main.cf has them; ours are noted.
rig_read() {
	: >"$rig_dir/parameters"
	for rig_word; do
		rig_value=${rig_word#*=}
		case $rig_word in
		ids=short) echo enable_long_queue_ids=no ;;
		ids=long) echo enable_long_queue_ids=yes ;;
		concurrency=*) rig_concurrency "$rig_value" ;;
		hash=*) rig_hash "$rig_value" ;;
		rate_delay=*) echo "default_destination_rate_delay=$rig_value" ;;
		lifetime=*) echo "maximal_queue_lifetime=$rig_value" ;;
		warning=*) echo "delay_warning_time=$rig_value" ;;
		recipients=60)
			rig_recipients=60
			echo qmgr_message_recipient_limit=10
			;;
		recipients=*) rig_recipients=$rig_value ;;
		domains=*) rig_domains=$rig_value ;;
		delay=*) rig_delay=$rig_value ;;
		refuse=*) rig_refuse=$rig_value ;;
		later=*) rig_later=$rig_value ;;
		rate=*) rig_rate=$rig_value ;;
		slow_flock=*) rig_slow_flock=$rig_value ;;
		slow_bounce=*) rig_slow_bounce=$rig_value ;;
		*=*) echo "$rig_word" ;;
		*) lab_fail "what is $rig_word?" || return 1 ;;
		esac >>"$rig_dir/parameters"
	done
}

rig_concurrency() {
	echo "default_destination_concurrency_limit=$1"
	echo "initial_destination_concurrency=$(($1 > 5 ? 5 : $1))"
}

rig_hash() {
	if [ "$1" -eq 0 ]; then
		# There is no such queue while all goes well.
		echo 'hash_queue_names=corrupt'
	else
		echo 'hash_queue_names=deferred defer hold active incoming bounce'
		echo "hash_queue_depth=$1"
	fi
}

# Retries come soon, and what was killed comes back at once.  A report about a
# report would be one too many: nobody could tell what it is about.
rig_main_cf() {
	cat <<-END
		transport_maps=texthash:$rig_dir/etc/transport
		bounce_queue_lifetime=1d
		notify_classes=
		queue_run_delay=3s
		minimal_backoff_time=3s
		maximal_backoff_time=8s
		transport_retry_time=2s
		service_throttle_time=1s
		default_process_limit=40
		smtpd_timeout=20s
		smtpd_recipient_limit=1000
	END
}

rig_make() {
	lab_new rig || return 1
	rig_dir=$LAB_ROOT/rig
	rig_spool=$rig_dir/spool
	rig_defaults
	rig_read "$@" || return 1
	rig_main_cf | cat - "$rig_dir/parameters" >"$rig_dir/main.cf"
	rig_set_all <"$rig_dir/main.cf" || return 1
	[ "$rig_slow_flock$rig_slow_bounce" = 00 ] || rig_preload || return 1
	mkdir "$rig_dir/calls"
	: >"$rig_dir/facts"
}

# All of them in one call of postconf.
rig_set_all() {
	set --
	while IFS= read -r rig_line; do
		set -- "$@" "$rig_line"
	done
	lab_set rig "$@"
}

# What is loaded into all of Postfix's daemons.
rig_preload() {
	mkdir "$rig_dir/preload" && chmod 755 "$rig_dir/preload" || return 1
	${CC:-cc} -shared -fPIC -o "$rig_dir/preload/slow.so" \
		"$rig_home/slow.c" || return 1
	lab_set rig "import_environment=MAIL_CONFIG=$rig_dir/etc TZ LANG=C \
SLOW_FLOCK=$rig_slow_flock SLOW_BOUNCE=$rig_slow_bounce \
LD_PRELOAD=$rig_dir/preload/slow.so"
}

# Each domain has an address of its own at the sink, and is a destination of
# its own.  Senders are spread over as many.
rig_transport() {
	for rig_n in $(seq "$rig_domains"); do
		echo "d$rig_n.example smtp:[127.0.1.$rig_n]:$1"
		echo "b$rig_n.example smtp:[127.0.1.$rig_n]:$1"
	done
}

rig_start_sink() {
	for _ in 1 2 3 4 5 6 7 8; do
		lab_take_port || return 1
		lab_background rig sink.out "$rig_build/tests/rig/sink" \
			-a "$rig_domains" -d "$rig_delay" \
			-b "$rig_refuse" -t "$rig_later" "$lab_port" \
			"$rig_dir/sink.log"
		rig_sink=$lab_pid
		lab_wait 'rig_sink_listens || ! kill -0 "$rig_sink"' 20 \
			2>/dev/null
		rig_sink_listens || continue
		rig_transport "$lab_port" >"$rig_dir/etc/transport"
		lab_age rig
		return
	done
	lab_fail "the sink does not start: $(cat "$rig_dir/sink.out")"
}

rig_sink_listens() {
	[ "$(lab_listeners "$lab_port" | wc -l)" -eq "$rig_domains" ]
}

# Of files that are not there any more nobody speaks.
rig_files() {
	for rig_queue; do
		set -- "$@" "$rig_spool/$rig_queue"
		shift
	done
	find "$@" -type f 2>/dev/null
}

# rig_some COUNT SEED: so many of the lines, or all there are.
rig_some() {
	awk -v count="$1" -v seed="$2" '
		BEGIN { srand(seed) }
		{ line[NR] = $0 }
		END {
			for (left = NR; left > 0 && count-- > 0; left--) {
				i = 1 + int(rand() * left)
				print line[i]
				line[i] = line[left]
			}
		}'
}

rig_ids() {
	rig_count=$1
	rig_seed=$2
	shift 2
	rig_files "$@" | sed -n 's,.*/\([0-9A-Za-z]*\)$,\1,p' |
		rig_some "$rig_count" "$rig_seed"
}

# With their tags, so that it is known whose recipients they are; reports
# are not among them.
rig_mail() {
	postqueue -c "$rig_dir/etc" -j 2>/dev/null |
		sed -n 's/.*"queue_id": "\([^"]*\)".*"sender": "\(m[0-9]*\)@b.*/\1 \2/p' |
		rig_some "$1" "$2"
}

rig_clock() {
	date +%s%3N
}

# note WORD...: a fact, with the time.
rig_note() {
	rig_word=$1
	shift
	echo "$rig_word $(rig_clock) $*" >>"$rig_dir/facts"
}

# As an administrator does it: what is at work is told to end, agents too.
rig_restart() {
	rig_master=$(lab_master_pid rig)
	kill "$rig_master" 2>/dev/null
	lab_wait '! kill -0 "$rig_master" 2>/dev/null' 20 'it has stopped' &&
		lab_try_start rig && lab_wait_ready rig
}
