# schedule.awk - what shall happen when, by chance.
#
# usage: awk -f schedule.awk -v seed=N -v seconds=N -v rate=N -v what=LIST
#
# LIST has words `name=weight'.  The result is a line for each thing:
#
#	MS NAME COUNT DICE
#
# MS from the start, so many a second on the average; COUNT is how many
# messages, mostly few; DICE a number to choose with.

BEGIN {
	srand(seed)
	kinds = split(what, words, " ")
	for (i = 1; i <= kinds; i++) {
		split(words[i], pair, "=")
		name[i] = pair[1]
		total += weight[i] = pair[2] == "" ? 1 : pair[2]
	}
	if (total == 0 || rate == 0)
		exit
	for (;;) {
		ms += -log(1 - rand()) * 1000 / rate
		if (ms >= seconds * 1000)
			exit
		at = rand() * total
		for (i = 1; i < kinds && at >= weight[i]; i++)
			at -= weight[i]
		count = rand() < 0.3 ? 1 : 1 + int(25 * rand() * rand())
		print int(ms), name[i], count, int(rand() * 1000000)
	}
}
