/*
 * scenario.c - the commands that are tried, and what they may come to.
 */
#include "scenario.h"

/* Nobody is at work on anything here: to wait for long would be a mistake. */
#define NO_ALL "--yes", "--wait", "2s", "-f", "jsonl"
#define ALL    "--all", NO_ALL

#define TRASH "mailq-tools-trash"

const struct scenario scenarios[] = {
	{
		.name = "hold",
		.words = { "hold", ALL },
		.places = { "deferred", "active", "deferred" },
		.ends = { "hold", "hold", "hold" },
	},
	{
		.name = "release",
		.words = { "release", ALL },
		.before = { "hold", ALL },
		.places = { "deferred", "active", "hold" },
		.ends = { "deferred", "deferred", "deferred" },
		.reported = true,
	},
	{
		.name = "requeue",
		.words = { "requeue", ALL },
		.places = { "deferred", "active", "hold" },
		.ends = { "maildrop", "maildrop", "maildrop" },
		.sets_time = true,
	},
	{
		.name = "expire",
		.words = { "expire", ALL },
		.places = { "deferred", "active", "hold" },
		.ends = { END_SAME, END_SAME, END_SAME },
		.marks = true,
	},
	{
		.name = "delete",
		.words = { "delete", ALL },
		.places = { "deferred", "active", "hold" },
		.ends = { TRASH, TRASH, TRASH },
		.reported = true,
	},
	{
		.name = "purge",
		.words = { "delete", "--purge", ALL },
		.places = { "deferred", "active", "hold" },
		.ends = { END_NOWHERE, END_NOWHERE, END_NOWHERE },
		.reported = true,
	},
	{
		.name = "restore",
		.words = { "restore", ALL },
		.before = { "delete", ALL },
		.places = { "deferred", "active", "hold" },
		.ends = { "deferred", "deferred", "hold" },
		.reported = true,
	},
	{
		.name = "undo-hold",
		.words = { "undo", WORD_JOB, NO_ALL },
		.before = { "hold", ALL },
		.places = { "deferred", "active", "deferred" },
		.ends = { "deferred", "deferred", "deferred" },
		.once = true,
	},
	{
		.name = "undo-expire",
		.words = { "undo", WORD_JOB, NO_ALL },
		.before = { "expire", ALL },
		.places = { "deferred", "active", "hold" },
		.ends = { END_SAME, END_SAME, END_SAME },
		.unmarks = true,
		.once = true,
	},
	{
		.name = "undo-delete",
		.words = { "undo", WORD_JOB, NO_ALL },
		.before = { "delete", ALL },
		.places = { "deferred", "active", "hold" },
		.ends = { "deferred", "deferred", "hold" },
		.reported = true,
		.once = true,
	},
	{
		.name = "release-now",
		.words = { "release", "--now", ALL },
		.before = { "hold", ALL },
		.places = { "deferred", "active", "hold" },
		.ends = { "deferred", "deferred", "deferred" },
		.sets_time = true,
	},
	{
		.name = "expire-now",
		.words = { "expire", "--now", ALL },
		.places = { "deferred", "active", "deferred" },
		.ends = { END_SAME, END_SAME, END_SAME },
		.marks = true,
		.sets_time = true,
	},
	{
		.name = "delete-at-a-pace",
		.words = { "delete", "--rate", "1000/s", ALL },
		.places = { "deferred", "active", "hold" },
		.ends = { TRASH, TRASH, TRASH },
		.parts = true,
	},
	{
		.name = "trash-purge",
		.words = { "trash", "purge", ALL },
		.before = { "delete", ALL },
		.places = { "deferred", "active", "hold" },
		.ends = { END_NOWHERE, END_NOWHERE, END_NOWHERE },
		.reported = true,
		.once = true,
	},
	{
		.name = "apply",
		.words = { "apply", WORD_PLAN, NO_ALL },
		.before = { "plan", "delete", "--all" },
		.places = { "deferred", "active", "hold" },
		.ends = { TRASH, TRASH, TRASH },
		.once = true,
		.misses = true,
	},
	{
		.name = "first-hold",
		.words = { "hold", ALL },
		.places = { "deferred", "deferred", "deferred" },
		.ends = { "hold", "hold", "hold" },
		.fresh = true,
	},
};

const size_t scenario_count = sizeof(scenarios) / sizeof(scenarios[0]);
