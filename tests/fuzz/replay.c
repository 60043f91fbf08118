/*
 * replay.c - run a fuzz target over its corpus, without libFuzzer.
 *
 * usage: replay_TARGET [FILE ...]	(default: the corpus of TARGET)
 */
#include <dirent.h>
#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

#define LARGEST_INPUT (1024 * 1024)

static void
replay(const char *path)
{
	static uint8_t data[LARGEST_INPUT];
	FILE *file = fopen(path, "rb");
	size_t size;

	if (file == NULL)
		err(1, "%s", path);
	size = fread(data, 1, sizeof(data), file);
	fclose(file);
	(void)LLVMFuzzerTestOneInput(data, size);
}

static int
replay_corpus(void)
{
	const char *source = getenv("MQ_SRC");
	char folder[PATH_MAX];
	char path[PATH_MAX + NAME_MAX + 2];
	const struct dirent *entry;
	int count = 0;
	DIR *dir;

	snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/" TARGET,
		 source == NULL ? "." : source);
	dir = opendir(folder);
	if (dir == NULL)
		err(1, "%s", folder);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		replay(path);
		count++;
	}
	closedir(dir);
	return count;
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	if (argc == 1 && replay_corpus() == 0)
		errx(1, "no corpus for " TARGET);
	return 0;
}
