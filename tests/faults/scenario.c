/*
 * scenario.c - the commands that are tried, and what they may come to.
 */
#include "scenario.h"

/* Nobody is at work on anything here: to wait for long would be a mistake. */
#define ALL "--all", "--yes", "--wait", "2s", "-f", "jsonl"

const struct scenario scenarios[] = {
	{
		.name = "hold",
		.action = "hold",
		.words = { "hold", ALL },
		.places = { "deferred", "active", "deferred" },
		.ends = { "hold", "hold", "hold" },
	},
	{
		.name = "release",
		.action = "release",
		.words = { "release", ALL },
		.before = { "hold", ALL },
		.places = { "deferred", "active", "hold" },
		.ends = { "deferred", "deferred", "deferred" },
		.reported = true,
	},
	{
		.name = "requeue",
		.action = "requeue",
		.words = { "requeue", ALL },
		.places = { "deferred", "active", "hold" },
		.ends = { "maildrop", "maildrop", "maildrop" },
		.sets_time = true,
	},
	{
		.name = "expire",
		.action = "expire",
		.words = { "expire", ALL },
		.places = { "deferred", "active", "hold" },
		.ends = { END_SAME, END_SAME, END_SAME },
		.marks = true,
	},
	{
		.name = "first-hold",
		.action = "hold",
		.words = { "hold", ALL },
		.places = { "deferred", "deferred", "deferred" },
		.ends = { "hold", "hold", "hold" },
		.fresh = true,
	},
};

const size_t scenario_count = sizeof(scenarios) / sizeof(scenarios[0]);
