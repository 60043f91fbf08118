/*
 * looks.c - what is odd about names and bytes of a part.
 */
#include "looks.h"

#include <string.h>
#include <strings.h>

#include "queue-format/text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What a file is, as far as it matters whether something else is said. */
enum family {
	FAMILY_ANY, /* nothing is known of it */
	FAMILY_PROGRAM,
	FAMILY_PDF,
	FAMILY_IMAGE,
	FAMILY_SOUND,
	FAMILY_MOVIE,
	FAMILY_ARCHIVE, /* what documents of office suites are made of, too */
	FAMILY_OLD_OFFICE,
	FAMILY_TEXT,
};

static const char *
extension_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot == NULL ? "" : dot + 1;
}

/* Blanks and dots at the end are not seen by Windows either. */
static bool
has_extension(const char *name, const char *extension)
{
	const char *end = extension_of(name);
	size_t len = strlen(extension);

	return strncasecmp(end, extension, len) == 0 &&
	       end[len + strspn(end + len, " ")] == '\0';
}

bool
qf_looks_runnable(const char *name)
{
	static const char *const extensions[] = {
		"ade", "adp", "apk",  "app", "appx",	"bat",	   "chm",
		"cmd", "com", "cpl",  "dll", "exe",	"gadget",  "hta",
		"inf", "ins", "isp",  "jar", "js",	"jse",	   "lnk",
		"mde", "msc", "msh",  "msi", "msp",	"mst",	   "pif",
		"ps1", "ps2", "psc1", "reg", "scf",	"scr",	   "sct",
		"sh",  "sys", "url",  "vb",  "vbe",	"vbs",	   "vxd",
		"wsc", "wsf", "wsh",  "xll", "desktop", "command",
	};

	for (size_t i = 0; i < COUNT(extensions); i++)
		if (has_extension(name, extensions[i]))
			return true;
	return false;
}

static bool
is_one_of(const char *type, const char *const *types, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(type, types[i]) == 0)
			return true;
	return false;
}

bool
qf_looks_program(const char *found)
{
	static const char *const types[] = {
		"application/x-dosexec",
		"application/vnd.microsoft.portable-executable",
		"application/x-executable",
		"application/x-pie-executable",
		"application/x-sharedlib",
		"application/x-mach-binary",
		"application/x-ms-shortcut",
		"application/x-wine-extension-ini",
		"application/java-archive",
		"application/x-java-applet",
		"application/x-msi",
		"text/x-msdos-batch",
		"text/x-shellscript",
		"application/vnd.android.package-archive",
	};

	return is_one_of(found, types, COUNT(types));
}

bool
qf_looks_archive(const char *found)
{
	static const char *const types[] = {
		"application/zip",
		"application/x-rar",
		"application/vnd.rar",
		"application/x-7z-compressed",
		"application/x-tar",
		"application/gzip",
		"application/x-bzip2",
		"application/x-xz",
		"application/zstd",
		"application/x-lzma",
		"application/x-lzh-compressed",
		"application/x-arj",
		"application/x-iso9660-image",
		"application/vnd.ms-cab-compressed",
		"application/x-archive",
		"application/x-cpio",
		"application/java-archive",
		"application/x-lz4",
	};

	return is_one_of(found, types, COUNT(types));
}

static unsigned
number16(const char *data)
{
	const unsigned char *bytes = (const unsigned char *)data;

	return bytes[0] | (unsigned)bytes[1] << 8;
}

static size_t
number32(const char *data)
{
	return number16(data) | (size_t)number16(data + 2) << 16;
}

/* Each file in it says so for itself, in front of its bytes. */
static bool
is_zip_locked(const char *data, size_t len)
{
	size_t at = 0;

	while (len - at >= 30 && memcmp(data + at, "PK\3\4", 4) == 0) {
		unsigned flags = number16(data + at + 6);
		size_t whole = 30 + number16(data + at + 26) +
			       number16(data + at + 28) +
			       number32(data + at + 18);

		if ((flags & 1) != 0)
			return true;
		/* With this flag the length stands behind the bytes. */
		if ((flags & 8) != 0 || whole > len - at)
			return false;
		at += whole;
	}
	return false;
}

/* Version 4 has a flag in its first header, version 5 a header of its own. */
static bool
is_rar_locked(const char *data, size_t len)
{
	if (len > 12 && memcmp(data, "Rar!\x1a\x07\0", 7) == 0)
		return (number16(data + 10) & 0x80) != 0;
	if (len > 16 && memcmp(data, "Rar!\x1a\x07\1\0", 8) == 0)
		return data[13] == 4;
	return false;
}

bool
qf_looks_locked(const char *found, const char *data, size_t len)
{
	if (strcmp(found, "application/encrypted") == 0)
		return true;
	return is_zip_locked(data, len) || is_rar_locked(data, len);
}

static bool
begins(const char *type, const char *with)
{
	return strncasecmp(type, with, strlen(with)) == 0;
}

static enum family
family_of_type(const char *type)
{
	if (qf_looks_program(type) && !begins(type, "text/"))
		return FAMILY_PROGRAM;
	if (strcmp(type, "application/pdf") == 0)
		return FAMILY_PDF;
	/* A drawing is XML, or HTML, in the end. */
	if (begins(type, "image/svg"))
		return FAMILY_TEXT;
	if (begins(type, "image/"))
		return FAMILY_IMAGE;
	if (begins(type, "audio/"))
		return FAMILY_SOUND;
	if (begins(type, "video/"))
		return FAMILY_MOVIE;
	if (begins(type, "text/"))
		return FAMILY_TEXT;
	if (qf_looks_archive(type) ||
	    begins(type, "application/vnd.openxmlformats-") ||
	    begins(type, "application/vnd.oasis.opendocument.") ||
	    strcmp(type, "application/epub+zip") == 0)
		return FAMILY_ARCHIVE;
	if (strcmp(type, "application/msword") == 0 ||
	    strcmp(type, "application/vnd.ms-excel") == 0 ||
	    strcmp(type, "application/vnd.ms-powerpoint") == 0)
		return FAMILY_OLD_OFFICE;
	return FAMILY_ANY;
}

static enum family
family_of_name(const char *name)
{
	static const struct {
		const char *extension;
		enum family family;
	} known[] = {
		{ "pdf", FAMILY_PDF },	      { "png", FAMILY_IMAGE },
		{ "jpg", FAMILY_IMAGE },      { "jpeg", FAMILY_IMAGE },
		{ "gif", FAMILY_IMAGE },      { "bmp", FAMILY_IMAGE },
		{ "webp", FAMILY_IMAGE },     { "tif", FAMILY_IMAGE },
		{ "tiff", FAMILY_IMAGE },     { "mp3", FAMILY_SOUND },
		{ "wav", FAMILY_SOUND },      { "mp4", FAMILY_MOVIE },
		{ "mov", FAMILY_MOVIE },      { "avi", FAMILY_MOVIE },
		{ "zip", FAMILY_ARCHIVE },    { "rar", FAMILY_ARCHIVE },
		{ "7z", FAMILY_ARCHIVE },     { "gz", FAMILY_ARCHIVE },
		{ "tgz", FAMILY_ARCHIVE },    { "docx", FAMILY_ARCHIVE },
		{ "xlsx", FAMILY_ARCHIVE },   { "pptx", FAMILY_ARCHIVE },
		{ "odt", FAMILY_ARCHIVE },    { "ods", FAMILY_ARCHIVE },
		{ "doc", FAMILY_OLD_OFFICE }, { "xls", FAMILY_OLD_OFFICE },
		{ "ppt", FAMILY_OLD_OFFICE }, { "txt", FAMILY_TEXT },
		{ "csv", FAMILY_TEXT },	      { "htm", FAMILY_TEXT },
		{ "html", FAMILY_TEXT },      { "ics", FAMILY_TEXT },
	};

	for (size_t i = 0; i < COUNT(known); i++)
		if (has_extension(name, known[i].extension))
			return known[i].family;
	return FAMILY_ANY;
}

/* A suite of programs saves under an old name what is new, and text. */
static bool
is_fine(enum family is, enum family said)
{
	if (is == FAMILY_ANY || said == FAMILY_ANY || is == said)
		return true;
	if (said == FAMILY_OLD_OFFICE)
		return is == FAMILY_ARCHIVE || is == FAMILY_TEXT;
	return (is == FAMILY_SOUND && said == FAMILY_MOVIE) ||
	       (is == FAMILY_MOVIE && said == FAMILY_SOUND);
}

bool
qf_looks_different(const char *found, const char *declared, const char *name)
{
	enum family is = family_of_type(found);

	return !is_fine(is, family_of_type(declared)) ||
	       !is_fine(is, family_of_name(name));
}

enum script {
	SCRIPT_NONE = 0,
	SCRIPT_LATIN = 1,
	SCRIPT_GREEK = 2,
	SCRIPT_CYRILLIC = 4,
};

static enum script
script_of(uint32_t rune)
{
	if ((rune >= 'a' && rune <= 'z') || (rune >= 'A' && rune <= 'Z') ||
	    (rune >= 0xc0 && rune <= 0x24f && rune != 0xd7 && rune != 0xf7))
		return SCRIPT_LATIN;
	if (rune >= 0x370 && rune <= 0x3ff)
		return SCRIPT_GREEK;
	if (rune >= 0x400 && rune <= 0x52f)
		return SCRIPT_CYRILLIC;
	return SCRIPT_NONE;
}

/* Cyrillic letters that cannot be told from Latin ones. */
static bool
is_twin(uint32_t rune)
{
	static const uint16_t twins[] = {
		0x430, 0x435, 0x43e, 0x440, 0x441, 0x443, 0x445, 0x455, 0x456,
		0x458, 0x4bb, 0x4cf, 0x501, 0x51b, 0x51d, 0x410, 0x412, 0x415,
		0x41a, 0x41c, 0x41d, 0x41e, 0x420, 0x421, 0x422, 0x425,
	};

	for (size_t i = 0; i < COUNT(twins); i++)
		if (twins[i] == rune)
			return true;
	return false;
}

static const char *
odd_alone(uint32_t rune)
{
	if ((rune >= 0x202a && rune <= 0x202e) ||
	    (rune >= 0x2066 && rune <= 0x2069) || rune == 0x200e ||
	    rune == 0x200f || rune == 0x61c)
		return "a character that changes the direction of writing";
	if (rune == 0x200b || rune == 0x2060 || rune == 0xfeff ||
	    rune == 0xad || rune == 0x180e || rune == 0x115f ||
	    rune == 0x1160 || rune == 0x3164 ||
	    (rune >= 0xe0000 && rune <= 0xe007f))
		return "a character that cannot be seen";
	if ((rune >= 0xff21 && rune <= 0xff5a) ||
	    (rune >= 0x1d400 && rune <= 0x1d7ff))
		return "letters that look like others";
	if (rune < ' ' && rune != '\t')
		return "a control character";
	return NULL;
}

/* The letters of one word, or of one label of a domain. */
struct word {
	unsigned scripts;
	unsigned letters;
	unsigned twins;
};

static const char *
judge(const struct word *word, bool domain)
{
	/* More than one bit. */
	if ((word->scripts & (word->scripts - 1)) != 0)
		return "letters of several scripts in one word";
	if (domain && word->letters > 0 && word->twins == word->letters)
		return "letters that look like others";
	return NULL;
}

const char *
qf_looks_disguised(const char *text, bool domain)
{
	struct word word = { 0 };
	size_t len = strlen(text);
	const char *why = NULL;

	while (len > 0 && why == NULL) {
		uint32_t rune = 0;
		size_t size = qf_utf8_next(text, len, &rune);
		enum script script = script_of(rune);

		text += size == 0 ? 1 : size;
		len -= size == 0 ? 1 : size;
		if (size == 0)
			continue;
		why = odd_alone(rune);
		if (script == SCRIPT_NONE && rune < 0x80) {
			why = why == NULL ? judge(&word, domain) : why;
			word = (struct word){ 0 };
			continue;
		}
		word.scripts |= script;
		word.letters += script != SCRIPT_NONE;
		word.twins += is_twin(rune);
	}
	return why == NULL ? judge(&word, domain) : why;
}
