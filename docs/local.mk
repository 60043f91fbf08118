# What is installed to be read, by people or by programs.

docs_files = \
	%D%/ARCHITECTURE.md \
	%D%/COMPATIBILITY.md \
	%D%/PERFORMANCE.md \
	%D%/SAFETY.md \
	%D%/mqadm.schema.json \
	%D%/mqadm-check.schema.json \
	%D%/mqadm-export.schema.json \
	%D%/mqadm-history.schema.json \
	%D%/mqadm-plan.schema.json \
	%D%/mqadm-trash.schema.json \
	%D%/mqls-by.schema.json \
	%D%/mqls.schema.json

dist_doc_DATA += $(docs_files)
