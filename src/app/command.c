#include "app/command.h"

#include <string.h>

#include "app/commands.h"
#include "app/repl.h"
#include "base/near.h"

const struct command commands[] = {
	{"new", "reset", "", "Begins a new conversation", "/new", cmd_new},
	{"resume", "r", "[N|ID|TITLE]",
		"Goes on with a saved conversation, picked from a list",
		"/resume 2", cmd_resume},
	{"list", "ls", "", "Lists the saved conversations, newest first",
		"/list", cmd_list},
	{"search", "find", "WORDS",
		"Finds what was said, in all conversations; quotes make a "
		"phrase",
		"/search \"longest river\"", cmd_search},
	{"show", "", "[N-M|summary|request]",
		"Shows the present conversation, some messages of it, the "
		"summary of its beginning, or what the model is told",
		"/show 3-5", cmd_show},
	{"rename", "title", "TITLE|auto",
		"Gives the conversation another title; auto asks the model",
		"/rename auto", cmd_rename},
	{"delete", "", "[N|ID|TITLE]",
		"Deletes a conversation for good, by default this one",
		"/delete 2", cmd_delete},
	{"export", "export!", "FILE",
		"Writes this conversation to FILE.md, .html, .json or .jsonl; "
		"/export! replaces one",
		"/export talk.html", cmd_export},
	{"private", "", "[off]",
		"Begins a conversation that is not saved; off, one that is "
		"again",
		"/private", cmd_private},
	{"lock", "", "",
		"Locks what is saved and leaves; the passphrase will be asked "
		"for",
		"/lock", cmd_lock},
	{"task", "", "[-T NAME] [TEXT]",
		"Plans something larger and does it step by step, by a "
		"template if you like, with what was said here in view; "
		"without TEXT, goes on with the last one here",
		"/task compare three ways to heat our house", cmd_task},
	{"retry", "regenerate", "[NAME=VALUE...]",
		"Asks for the last reply again, with other settings if you "
		"like; the old one is kept",
		"/retry temperature=1.2", cmd_retry},
	{"undo", "", "[N]",
		"Takes back the last question and its reply, or N of them",
		"/undo 2", cmd_undo},
	{"edit", "", "[N]",
		"Opens your last question, or message N, in $EDITOR and asks "
		"it in its new words",
		"/edit 3", cmd_edit},
	{"fork", "branch", "[NAME]",
		"Begins a thread of the conversation here, to which one can "
		"go back",
		"/fork shorter", cmd_fork},
	{"threads", "tree branches", "",
		"Draws the tree of what was said, with its threads", "/threads",
		cmd_threads},
	{"switch", "", "N|NAME", "Goes on in another thread", "/switch main",
		cmd_switch},
	{"continue", "cont", "", "Goes on with a reply that was cut or stopped",
		"/continue", cmd_continue},
	{"copy", "", "[N|code [N]]",
		"Copies the last reply, message N, or a code block of the "
		"reply to the clipboard",
		"/copy code 2", cmd_copy},
	{"save", "save!", "FILE [N]",
		"Writes the last reply, or message N, to a file; /save! "
		"replaces one",
		"/save answer.md", cmd_save},
	{"file", "attach", "[PATH...|clear]",
		"Attaches files to the next message, lists them, or takes "
		"them back",
		"/file src/*.c notes.txt", cmd_file},
	{"source", ".", "FILE",
		"Runs the lines of a file as if they were typed; the first "
		"that fails ends it",
		"/source review.atl", cmd_source},
	{"agent", "", "[show|new|edit] [NAME]",
		"Shows an agent, or makes or changes one in the editor",
		"/agent new tutor", cmd_agent},
	{"agents", "", "", "Lists the agents you can ask, such as @llama",
		"/agents", cmd_agents},
	{"model", "", "[NAME]", "Shows the active agent's model, or changes it",
		"/model llama-3.1-8b-instruct", cmd_model},
	{"models", "", "[WORD]",
		"Lists the models of the endpoint, or those with WORD in their "
		"name",
		"/models llama", cmd_models},
	{"context", "", "",
		"Shows what fills the model's window, and what is free",
		"/context", cmd_context},
	{"compact", "summarize", "[HINT|undo]",
		"Has older messages summarised to make room; HINT says what "
		"matters, undo takes it back",
		"/compact keep the file names", cmd_compact},
	{"set", "settings", "[NAME [VALUE]]",
		"Shows the settings of this chat and where they come from, or "
		"changes one",
		"/set temperature 0.2", cmd_set},
	{"style", "", "[NAME|off]",
		"Lists the styles, or has the agent answer in one",
		"/style concise", cmd_style},
	{"guard", "", "[block|warn|off|NAME]",
		"Shows who judges questions and answers, or changes that",
		"/guard warn", cmd_guard},
	{"system", "", "[TEXT|file PATH|edit|off|default]",
		"Shows the system prompt, or gives this conversation another",
		"/system You are a pirate.", cmd_system},
	{"recall", "", "WORDS|N",
		"Finds earlier messages about something, best first; N lets "
		"one go with the next message",
		"/recall that recipe with lentils", cmd_recall},
	{"remember", "", "[@AGENT] TEXT",
		"Remembers a fact or a preference, told to all agents or to "
		"one",
		"/remember I write British English", cmd_remember},
	{"memory", "", "[learn]",
		"Lists what is remembered; learn has the model propose more, "
		"and you decide",
		"/memory", cmd_memory},
	{"forget", "", "N|all", "Forgets a fact for good", "/forget 2",
		cmd_forget},
	{"help", "? h", "[COMMAND|TOPIC]",
		"Shows the commands, or one of them with an example, or a "
		"topic",
		"/help resume", cmd_help},
	{"usage", "stats", "",
		"Shows tokens, times and the share of the window", "/usage",
		cmd_usage},
	{"doctor", "", "", "Checks what is set, and the endpoint in use",
		"/doctor", cmd_doctor},
	{"clear", "cls", "", "Empties the screen; the conversation stays",
		"/clear", cmd_clear},
	{"quit", "exit bye q", "", "Leaves the chat", "/quit", cmd_quit},
};

const size_t commands_n = sizeof(commands) / sizeof(commands[0]);

static bool has_alias(const struct command *c, struct span name)
{
	struct span rest = span_str(c->aliases);

	while (rest.n > 0) {
		struct span alias = span_cut(&rest, ' ');
		char text[32];

		if (alias.n >= sizeof(text))
			continue;
		memcpy(text, alias.p, alias.n);
		text[alias.n] = '\0';
		if (span_caseis(name, text))
			return true;
	}
	return false;
}

const struct command *command_find(struct span name)
{
	size_t i;

	for (i = 0; i < commands_n; i++)
		if (span_caseis(name, commands[i].name) ||
			has_alias(&commands[i], name))
			return &commands[i];
	return NULL;
}

enum status cmd_no_words(struct span args, const char *name, struct err *err)
{
	if (args.n == 0)
		return ST_OK;
	return err_set(err, ST_USAGE, "/%s takes nothing behind it", name);
}

enum status command_run(struct repl *r, struct span name, struct span args,
	enum next *next, struct err *err)
{
	const struct command *c = command_find(name);
	struct near near;
	struct span best;
	size_t i;

	*next = NEXT_STAY;
	r->force = name.n > 0 && name.p[name.n - 1] == '!';
	if (c != NULL)
		return c->run(r, args, next, err);
	near_init(&near, name);
	for (i = 0; i < commands_n; i++)
		near_offer(&near, span_str(commands[i].name));
	best = near_best(&near);
	(void)err_set(err, ST_USAGE, "there is no command /%.*s",
		(int)(name.n > 64 ? 64 : name.n), name.p);
	if (best.p != NULL)
		err_hint(err, "; did you mean /%.*s?", (int)best.n, best.p);
	else
		err_hint(err, "; /help lists them, and // sends a slash");
	return ST_USAGE;
}
