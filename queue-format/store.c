/*
 * store.c - what every mail system implements.
 */
#include "store.h"

void
qf_store_close(struct qf_store *store)
{
	if (store != NULL)
		store->ops->close(store);
}
