/*
 * fields.h - the list of fields, for people.
 */
#ifndef FIELDS_H
#define FIELDS_H

#include "mailq-tools/tool.h"
#include "queue-format/field.h"

/* What has to be read for a part, in a word. */
const char *part_name(enum qf_part part);

/* --fields: print the list, and end the program. */
_Noreturn void fields_list(struct tool *tool);

#endif
