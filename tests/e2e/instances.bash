# instances.bash - several instances of Postfix, and which is the default one.
#
# Where the default instance of Postfix is needed, a test has a file system
# of its own (a mount namespace) in which another configuration lies over it.
#
# shellcheck disable=SC2016 # scripts are written for another shell to expand
# shellcheck disable=SC2034 # some are set for the tests

# instance NAME SPOOL [PARAM=VALUE...]: one that is not started.
instance() {
	lab_require
	lab_new "$1" "queue_directory=$2" "${@:3}"
}

etc() {
	echo "$LAB_ROOT/$1/etc"
}

# default_is NAME: words before a command that shall find it in the default
# place, in $in_default.
default_is() {
	in_default=(unshare -m sh -c 'mount --bind "$0" "$1" && shift &&
		exec "$@"' "$(etc "$1")"
		"$(postconf -d -xh config_directory)")
	"${in_default[@]}" true 2>/dev/null ||
		skip "no mount namespace on this machine"
}

# two_instances: the default one, and another; their spools are small.
two_instances() {
	generate "$LAB_ROOT/first" --count 3
	generate "$LAB_ROOT/second" --count 2 --long-ids --seed 2
	instance one "$LAB_ROOT/first" multi_instance_enable=yes
	instance two "$LAB_ROOT/second" multi_instance_enable=yes \
		multi_instance_name=postfix-two
	lab_set one "multi_instance_directories=$(etc two)"
	default_is one
}

# The folders of lab_new are made after the first instance.
have_lab() {
	lab_require
	[ -n "${LAB_ROOT:-}" ] || lab_make_root
}
