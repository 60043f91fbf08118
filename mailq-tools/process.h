/*
 * process.h - the state in which a program begins.
 *
 * Whoever started it has left things behind that outlive exec: closed
 * descriptors, signals that are ignored, rights of a set-id file.
 */
#ifndef PROCESS_H
#define PROCESS_H

/*
 * First of all in main(): what is opened later cannot become one of the
 * standard descriptors, a reader that goes away is told by write(2), and
 * programs that are run can be waited for.  Ends the program with `failed'
 * when it is set-uid or set-gid: it is not made for that, as it believes its
 * environment and runs what a main.cf names.
 */
void process_start(int failed);

/*
 * A plan may have thousands of messages open.  Linux makes the table of
 * descriptors larger as it fills up, and waits for all processors each time
 * once there are threads: tens of milliseconds.  So the table gets its size
 * here, while there are none.
 */
void process_make_room(void);

#endif
