/*
 * trash_due.c - what may leave the trash for good, by the settings.
 */
#include "trash_due.h"

#include "mailq-tools/value.h"

#define DAY   86400
#define TENTH 10

/* Clocks of two looks differ a little. */
#define FUTURE 3600

bool
trash_is_short(const struct statvfs *disk)
{
	/* Some file systems make inodes as they need them, and count none. */
	return disk->f_bavail < disk->f_blocks / TENTH ||
	       (disk->f_files > 0 && disk->f_favail < disk->f_files / TENTH);
}

static void
open_one(struct access *access, size_t i, const struct trash_rules *rules,
	 struct trash_due *due)
{
	struct workplace *place = &access->workplaces[i];
	struct statvfs disk;

	*due = (struct trash_due){ .retention = (int64_t)rules->days * DAY };
	if (place->spool == NULL ||
	    (place->state == NULL &&
	     workplace_find(access->settings, &access->configs[i], place,
			    NULL) != QF_OK))
		return;
	trash_clock_open(place->state, &due->clock);
	due->short_of_disk =
		fstatvfs(qf_spool_root(place->spool), &disk) == 0 &&
		trash_is_short(&disk);
	if (due->short_of_disk)
		due->retention /= TENTH;
}

void
trash_due_open(const struct trash *trash, struct trash_jobs *jobs,
	       const struct trash_rules *rules, struct trash_due *dues)
{
	for (size_t i = 0; i < trash->access->count; i++)
		open_one(trash->access, i, rules, &dues[i]);
	for (size_t i = 0; i < trash->count; i++) {
		const struct trash_entry *entry = &trash->entries[i];
		struct trash_due *due = &dues[entry->instance];
		int64_t when = trash_deleted(jobs, entry);

		due->count++;
		if (when > due->clock.now.wall + FUTURE)
			due->future++;
		if (due->clock.belief != TRASH_STRANGE &&
		    trash_clock_is_strange(&due->clock, when))
			trash_clock_distrust(&due->clock);
	}
	for (size_t i = 0; i < trash->access->count; i++) {
		if (dues[i].count > rules->messages)
			dues[i].too_many = dues[i].count - rules->messages;
	}
}

int64_t
trash_due_time(const struct trash_due *due, struct trash_jobs *jobs,
	       const struct trash_entry *entry)
{
	return trash_clock_deleted(&due->clock, trash_deleted(jobs, entry)) +
	       due->retention;
}

struct keeping {
	struct trash_due *dues;
	struct trash_jobs *jobs;
};

/* The oldest come first. */
static bool
is_due(void *context, const struct trash_entry *entry)
{
	struct keeping *keeping = context;
	struct trash_due *due = &keeping->dues[entry->instance];

	if (due->too_many > 0) {
		due->too_many--;
		return true;
	}
	return trash_due_time(due, keeping->jobs, entry) <= due->clock.now.wall;
}

void
trash_keep_due(struct trash *trash, struct trash_jobs *jobs,
	       struct trash_due *dues)
{
	struct keeping keeping = { dues, jobs };

	trash_keep(trash, is_due, &keeping);
}

/* What the program has found out about the clock. */
static void
put_clock(struct qf_buffer *out, const struct trash_clock *clock)
{
	if (clock->belief == TRASH_FIRST) {
		qf_buffer_string(out, "how old it is cannot be proved, as "
				      "nothing is known of an earlier look");
	} else if (clock->belief == TRASH_AHEAD) {
		qf_buffer_string(out, "the clock is ");
		value_duration(out, clock->off);
		qf_buffer_string(out, " ahead of the time that has passed "
				      "since the last look");
	} else {
		qf_buffer_string(out, "some of it is older than what was "
				      "purged long ago: it was deleted while "
				      "the clock was wrong");
	}
}

void
trash_due_report(struct tool *tool, const char *instance,
		 const struct trash_due *due)
{
	enum trash_belief belief = due->clock.belief;
	const char *colon = instance == NULL ? "" : ": ";
	struct qf_buffer text = { 0 };

	instance = instance == NULL ? "" : instance;
	if (due->future > 0)
		tool_note(tool,
			  "%s%sdeleted in the future, by the clock, and only "
			  "purged when they are named: %llu",
			  instance, colon, (unsigned long long)due->future);
	if (due->count == 0 ||
	    (belief != TRASH_FIRST && belief != TRASH_AHEAD &&
	     belief != TRASH_STRANGE))
		return;
	put_clock(&text, &due->clock);
	qf_buffer_string(&text,
			 "; so nothing is purged by age now, and what is in "
			 "the trash counts as deleted now");
	if (belief == TRASH_AHEAD)
		tool_complain(tool, TOOL_PARTLY,
			      "%s%s%s; see that the clock is right (date); "
			      "mqadm trash purge --older-than TIME --yes goes "
			      "by the clock nevertheless",
			      instance, colon, qf_buffer_text(&text));
	else
		tool_note(tool, "%s%s%s", instance, colon,
			  qf_buffer_text(&text));
	qf_buffer_free(&text);
}
