/*
 * plan_left.c - what a program leaves behind, one that has died above all.
 */
#include "plan_rig.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "journal_sample.h"
#include "unit.h"

struct qf_journal_item
plan_rig_prepared(const struct qf_chosen *chosen, const char *id,
		  const char *from, const char *to_folder, const char *to_id)
{
	return (struct qf_journal_item){
		.inode = chosen->inode,
		.birth = chosen->birth,
		.arrival = 1234,
		.from_folder = from,
		.from_id = id,
		.to_folder = to_folder,
		.to_id = to_id,
		.modified = 5,
		.mode = 0700,
	};
}

struct qf_job_id
plan_rig_leave(struct plan_rig *rig, const char *action,
	       const struct qf_journal_item *item)
{
	struct qf_job job = sample_job(action);
	struct qf_journal_item copy = *item;

	ck_assert_int_eq(qf_journal_begin(rig->journal, &job, &rig->err),
			 QF_OK);
	if (item->to_folder != NULL && strcmp(item->to_folder, QF_TRASH) == 0)
		copy.to_id = plan_rig_trashed(&job.id,
					      strcmp(action, "delete") == 0
						      ? item->from_folder
						      : QF_TRASH_RETURNED,
					      item->to_id);
	ck_assert_int_eq(
		qf_journal_prepare(rig->journal, &job.id, &copy, 1, &rig->err),
		QF_OK);
	qf_journal_close(rig->journal);
	plan_rig_open_journal(rig);
	return job.id;
}

const char *
plan_rig_trashed(const struct qf_job_id *job, const char *origin,
		 const char *id)
{
	static char name[300];
	char text[QF_JOB_ID_TEXT];

	qf_job_id_text(job, text);
	snprintf(name, sizeof(name), "%s.%s.%s", origin, id, text);
	return name;
}

const char *
plan_rig_in_trash(void)
{
	static char name[300];
	DIR *dir = opendir(scratch_path(QF_TRASH));
	int count = 0;

	ck_assert_ptr_nonnull(dir);
	for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s", e->d_name);
		count++;
	}
	closedir(dir);
	ck_assert_int_eq(count, 1);
	return name;
}

uint64_t
plan_rig_sum(void)
{
	static const char *const folders[] = {
		"maildrop", "incoming", "active", "deferred", "hold",
		"corrupt",  "defer",	"bounce", "trace",    QF_TRASH
	};
	uint64_t sum = 0;

	for (int i = 0; i < COUNT(folders); i++) {
		DIR *dir = opendir(scratch_path(folders[i]));

		ck_assert_ptr_nonnull(dir);
		for (struct dirent *e = readdir(dir); e != NULL;
		     e = readdir(dir)) {
			uint64_t one = (uint64_t)i + e->d_ino;

			for (const char *c = e->d_name; *c != '\0'; c++)
				one = one * 131 + (unsigned char)*c;
			if (e->d_name[0] != '.')
				sum += one;
		}
		closedir(dir);
	}
	return sum;
}

int
plan_rig_count_files(const char *folder)
{
	DIR *dir = opendir(scratch_path(folder));
	int count = 0;

	ck_assert_ptr_nonnull(dir);
	for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir))
		count += e->d_name[0] != '.';
	closedir(dir);
	return count;
}

void
plan_rig_limit_files(rlim_t files)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = files;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}
