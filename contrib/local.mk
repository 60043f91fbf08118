# What other programs read: shells, for now.

bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = \
	%D%/completion/mqadm.bash \
	%D%/completion/mqls.bash

zshcompletiondir = $(datadir)/zsh/site-functions
dist_zshcompletion_DATA = %D%/completion/_mqls
