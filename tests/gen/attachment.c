/*
 * attachment.c - small files for MIME parts.
 */
#include "attachment.h"

#include "text.h"

#define BOUNDARY "=_part_7d3a91"

static const char pdf[] =
	"%PDF-1.4\n"
	"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
	"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
	"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]>>endobj\n"
	"trailer<</Root 1 0 R>>\n"
	"%%EOF\n";

/* An archive without members: nothing but its end record. */
static const char zip[22] = "PK\005\006";

/* One grey pixel. */
static const unsigned char png[] = {
	0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d,
	0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01,
	0x08, 0x00, 0x00, 0x00, 0x00, 0x3a, 0x7e, 0x9b, 0x55, 0x00, 0x00, 0x00,
	0x0a, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0x68, 0x00, 0x00, 0x00,
	0x82, 0x00, 0x81, 0xda, 0x45, 0x08, 0x3b, 0x00, 0x00, 0x00, 0x00, 0x49,
	0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
};

/* The header of an ELF program for x86-64, and nothing that could run. */
static const unsigned char program[64] = {
	0x7f, 'E', 'L', 'F', 2, 1, 1, 0,    0, 0, 0,
	0,    0,   0,	0,   0, 2, 0, 0x3e, 0, 1,
};

static const struct {
	const char *type, *name;
	const void *data;
	size_t len;
} files[ATTACHMENT_COUNT] = {
	[ATTACHMENT_PDF] = { "application/pdf", "offer-2214.pdf", pdf,
			     sizeof(pdf) - 1 },
	[ATTACHMENT_ZIP] = { "application/zip", "drawings.zip", zip,
			     sizeof(zip) },
	[ATTACHMENT_PNG] = { "image/png", "logo.png", png, sizeof(png) },
	[ATTACHMENT_PROGRAM] = { "application/pdf", "invoice.pdf", program,
				 sizeof(program) },
};

void
attachment_add(struct stage *s, struct mail *m, const char *text,
	       enum attachment kind)
{
	struct arena *a = &s->worker.arena;

	scene_header(s, m, "MIME-Version: 1.0");
	scene_header(s, m,
		     "Content-Type: multipart/mixed;\n"
		     "\tboundary=\"" BOUNDARY "\"");
	m->body.text = arena_printf(
		a,
		"--" BOUNDARY "\n"
		"Content-Type: text/plain; charset=utf-8\n"
		"\n"
		"%s\n"
		"--" BOUNDARY "\n"
		"Content-Type: %s; name=\"%s\"\n"
		"Content-Transfer-Encoding: base64\n"
		"Content-Disposition: attachment; filename=\"%s\"\n"
		"\n"
		"%s"
		"--" BOUNDARY "--\n",
		text, files[kind].type, files[kind].name, files[kind].name,
		text_base64(a, files[kind].data, files[kind].len));
}
