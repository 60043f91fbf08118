# The manual.

dist_man_MANS += \
	%D%/mailq-tools-drop-in.7 \
	%D%/mailq-tools-selection.7 \
	%D%/mailq-tools.7 \
	%D%/mqadm.8 \
	%D%/mqflush.8 \
	%D%/mqls.1 \
	%D%/queue-format.5
