/*
 * The functions behind the rows of app/command. See struct command for the
 * contract.
 */
#ifndef ATL_APP_COMMANDS_H
#define ATL_APP_COMMANDS_H

#include "app/command.h"

#define COMMAND(name)                                                          \
	enum status cmd_##name(struct repl *r, struct span args,               \
		enum next *next, struct err *err)

/* cmd_talk.c: about the present conversation */
COMMAND(new);
COMMAND(resume);
COMMAND(list);
COMMAND(show);
COMMAND(retry);
COMMAND(undo);
COMMAND(continue);

/* cmd_branch.c: about the tree of the present conversation */
COMMAND(fork);
COMMAND(threads);
COMMAND(switch);
COMMAND(edit);

/* cmd_saved.c: about saved conversations */
COMMAND(search);
COMMAND(rename);
COMMAND(delete);
COMMAND(export);

/* cmd_file.c: what leaves the chat, and what comes in with a message */
COMMAND(copy);
COMMAND(save);
COMMAND(file);
COMMAND(source);
COMMAND(clear);

/* ST_USAGE when a command that takes no arguments was given some. */
enum status cmd_no_words(struct span args, const char *name, struct err *err);

/* cmd_context.c: what the model is told, and the room for it */
COMMAND(context);
COMMAND(compact);
enum status cmd_show_summary(struct repl *r, struct err *err);
enum status cmd_show_request(struct repl *r, struct err *err);

/* cmd_set.c, cmd_system.c: what the agent and the screen are told */
COMMAND(set);
COMMAND(model);
COMMAND(style);
COMMAND(guard);
COMMAND(system);

/* cmd_safe.c: whether what is said is kept, and whether all works */
COMMAND(private);
COMMAND(lock);
COMMAND(doctor);

/* cmd_memory.c: what is remembered of the user */
COMMAND(remember);
COMMAND(memory);
COMMAND(forget);

/* cmd_agent.c: agents of one's own */
COMMAND(agent);

/* cmd_recall.c: earlier conversations, brought back */
COMMAND(recall);

/* cmd_task.c: something larger, step by step */
COMMAND(task);

/* cmd_help.c */
COMMAND(help);
/* Names of groups of commands, for completion; returns how many. */
size_t help_topics(struct span *ret, size_t max);

/* cmd_about.c: agents, models and figures of the present chat */
COMMAND(agents);
COMMAND(models);
COMMAND(usage);
COMMAND(quit);

#endif
