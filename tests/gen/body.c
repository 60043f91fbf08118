/*
 * body.c - the text of messages: a given part, and filler up to any size.
 */
#include "body.h"

#include <string.h>

#include "mail.h"

static const char *const filler[] = {
	"the figures for the third quarter are in the folder, and they look",
	"better than we feared.  Could you go through them before the meeting",
	"on Thursday and tell me which of the numbers you would rather not",
	"show?  The plant in the north is still waiting for the new valves.",
	"",
	"The carrier says that the pallets left the port on Friday; nobody",
	"has seen them since.  I asked for the tracking number twice.  If we",
	"hear nothing until noon I would like to place the order again with",
	"the other supplier, at our own risk, and sort out the rest later.",
	"",
	"Please remember that the server room is closed from six to eight",
	"this evening.  The backup has been moved to the night before, so",
	"there is nothing you have to do, except save your work and log off.",
	"Whoever needs the old archive should copy it to the share by then.",
	"",
	"Minutes of the last meeting: the budget was agreed upon, with two",
	"votes against; the canteen stays open on Fridays; the bicycle stand",
	"gets a roof; and the question of who waters the plants is open.",
};

void
body_lines(const struct body *body, body_line *line, void *context)
{
	const size_t count = sizeof(filler) / sizeof(filler[0]);
	const char *text = body->text != NULL ? body->text : "";
	size_t done = 0;

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		line(context, text, len);
		text += len + (text[len] == '\n');
	}
	for (size_t i = 0; done < body->filler; i++) {
		size_t len = strlen(filler[i % count]);

		line(context, filler[i % count], len);
		done += len + 1;
	}
	if (body->last != NULL)
		line(context, body->last, strlen(body->last));
}
