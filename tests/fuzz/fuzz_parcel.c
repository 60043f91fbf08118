/*
 * fuzz_parcel - any bytes as an archive of messages, and as its manifest.
 *
 * Reading ends well; a message without a fault has all that the header
 * promises, and what was read is the same when it is taken out.
 */
#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mailq-tools/parcel.h"
#include "queue-format/postfix/queue_id.h"

#define ROOM (1 << 20)

static const char *const sum =
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

static void
check_complaint(const struct qf_error *err)
{
	FUZZ_ASSERT(err->status == QF_CORRUPT || err->status == QF_UNSAFE);
	FUZZ_ASSERT(err->text[0] != '\0');
}

/* Who takes each, and has it whole. */
struct taking {
	const struct parcel *parcel;
	int64_t bytes;
	size_t begun;
};

static enum qf_status
begin(void *context, size_t i, struct qf_error *err)
{
	struct taking *taking = context;

	(void)err;
	FUZZ_ASSERT(i == taking->begun && i < taking->parcel->count);
	taking->begun++;
	return QF_OK;
}

static enum qf_status
begin_log(void *context, const char *name, struct qf_error *err)
{
	(void)context;
	(void)err;
	FUZZ_ASSERT(strcmp(name, "message") != 0);
	return QF_OK;
}

static enum qf_status
take(void *context, const void *data, size_t len, struct qf_error *err)
{
	struct taking *taking = context;

	(void)data;
	(void)err;
	taking->bytes += (int64_t)len;
	return QF_OK;
}

static enum qf_status
end(void *context, size_t i, bool good, struct qf_error *err)
{
	const struct taking *taking = context;

	(void)err;
	FUZZ_ASSERT(i + 1 == taking->begun && good);
	return QF_OK;
}

static void
check_parcel(const struct parcel *parcel, int fd)
{
	struct taking taking = { .parcel = parcel };
	const struct parcel_taker taker = { begin, begin_log, take, end,
					    &taking };
	struct qf_error err;

	FUZZ_ASSERT(parcel->bytes >= 0 && parcel->bytes <= ROOM);
	for (size_t i = 0; i < parcel->count; i++) {
		const struct parcel_message *message = &parcel->messages[i];

		FUZZ_ASSERT(qf_queue_id_ok(message->id));
		FUZZ_ASSERT(message->parts[0].there);
		FUZZ_ASSERT(message->fault != NULL ||
			    (strlen(message->key) == QF_ESSENCE_KEY - 1 &&
			     qf_queue_id_ok(message->key)));
	}
	FUZZ_ASSERT(lseek(fd, 0, SEEK_SET) == 0);
	FUZZ_ASSERT(parcel_unpack(parcel, fd, &taker, &err) == QF_OK);
	FUZZ_ASSERT(taking.begun == parcel->count &&
		    taking.bytes == parcel->bytes);
}

static void
read_archive(const uint8_t *data, size_t size)
{
	struct parcel parcel = { .count = 0 };
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct qf_error err;

	FUZZ_ASSERT(fd >= 0);
	FUZZ_ASSERT(write(fd, data, size) == (ssize_t)size);
	FUZZ_ASSERT(lseek(fd, 0, SEEK_SET) == 0);
	if (parcel_read(&parcel, fd, ROOM, &err) == QF_OK) {
		/* Only sums that are right can be so once more. */
		for (size_t i = 0; i < parcel.count; i++)
			FUZZ_ASSERT(parcel.messages[i].parts[0].size >= 0);
		check_parcel(&parcel, fd);
	} else {
		check_complaint(&err);
	}
	close(fd);
	parcel_free(&parcel);
}

static void
read_manifest(const uint8_t *data, size_t size)
{
	struct parcel_message message = { .id = "AB1" };
	struct parcel parcel = { .messages = &message, .count = 1 };
	struct qf_error err;

	message.parts[0].there = true;
	memcpy(message.parts[0].sum, sum, strlen(sum) + 1);
	if (parcel_check(&parcel, (const char *)data, size, &err) != QF_OK) {
		check_complaint(&err);
		FUZZ_ASSERT(strncmp(err.text, PARCEL_MANIFEST,
				    strlen(PARCEL_MANIFEST)) == 0);
	}
	qf_arena_free(&parcel.arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_archive(data, size);
	read_manifest(data, size);
	return 0;
}
