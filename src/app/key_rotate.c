#include <inttypes.h>
#include <string.h>

#include "app/key_priv.h"
#include "store/catalog.h"
#include "store/rotate.h"

/* Tells which slots will be removed, and asks. */
static enum status confirm_slots(const struct app *app,
	const struct key_vault *k, const bool *fits, struct err *err)
{
	struct buf text;
	size_t gone = 0;
	size_t i;
	enum status st = ST_OK;

	buf_init(&text, BUF_LARGE);
	for (i = 0; i < k->info.n; i++) {
		const struct vault_slot_info *s = &k->info.slots[i];

		if (fits[i])
			continue;
		gone++;
		buf_fmt(&text,
			"slot %zu, %s%s%s%s: not at hand, so it will "
			"not open the new key\n",
			i + 1, vault_slot_type_name(s->type),
			s->label[0] != '\0' ? " \"" : "", s->label,
			s->label[0] != '\0' ? "\"" : "");
	}
	if (gone == k->info.n)
		st = err_set(err, ST_LOCKED,
			"what was given opens none of the key slots");
	else if (gone > 0)
		app_say(app, "%s", text.p);
	if (st == ST_OK)
		st = key_confirm(app,
			gone > 0 ? "Encrypt everything under a new master key, "
				   "and drop these? [y/N] "
				 : "Encrypt everything under a new master key? "
				   "[y/N] ",
			err);
	buf_release(&text);
	return st;
}

/* Makes the new key, once the user has agreed to what that costs. */
static enum status rotate(struct app *app, struct key_vault *k,
	const struct key_held *h, struct rotate_report *report, struct err *err)
{
	struct catalog *c = NULL;
	enum status st = catalog_open(k->vault, &c, err);

	if (st == ST_OK)
		st = rotate_prepare(k->vault, c, report, err);
	if (st == ST_OK && report->damaged > 0) {
		app_say(app, "%s", report->text.p);
		st = key_confirm(app,
			"What does not read would be lost for good. Go on? "
			"[y/N] ",
			err);
	}
	buf_reset(&report->text);
	if (st == ST_OK)
		st = rotate_run(k->vault, &h->s, report, err);
	catalog_close(c);
	return st;
}

static bool loses_code(const struct key_vault *k, const bool *fits)
{
	size_t i;

	for (i = 0; i < k->info.n; i++)
		if (k->info.slots[i].type == VAULT_RECOVERY && !fits[i])
			return true;
	return false;
}

static enum status renew_code(struct app *app, struct vault *v, struct err *err)
{
	struct vault_params none = VAULT_PARAMS_DEFAULT;
	struct key_held h = {0};
	enum status st = ST_OK;

	if (app->args.passphrase_fd.set ||
		!key_offer(
			"The recovery code is void. Make a new one? [Y/n] ")) {
		app_say(app,
			"the recovery code is void; \"atllama key recovery\" "
			"makes a new one");
		return ST_OK;
	}
	st = key_new_recovery(app, &h.recovery, err);
	h.s.recovery = &h.recovery;
	if (st == ST_OK)
		st = vault_add_slot(v, VAULT_RECOVERY, &h.s, &none, NULL, err);
	key_held_free(&h);
	return st;
}

enum status key_rotate(struct app *app, struct err *err)
{
	struct key_vault k;
	struct key_held h = {0};
	struct rotate_report report;
	bool fits[VAULT_SLOTS];
	enum status st = key_vault_open(app, &k, err);

	rotate_report_init(&report);
	if (st == ST_OK)
		st = key_unlock_with(app, &k, &h, app->args.recovery, err);
	if (st == ST_OK)
		st = vault_fits(k.vault, &h.s, fits, err);
	if (st == ST_OK)
		st = confirm_slots(app, &k, fits, err);
	if (st == ST_OK)
		st = rotate(app, &k, &h, &report, err);
	if (report.text.len > 0)
		app_say(app, "%s", report.text.p);
	if (st == ST_OK) {
		app_note(app,
			"%zu file%s (%" PRIu64 " KiB) encrypted under a new "
			"master key",
			report.segments, report.segments == 1 ? "" : "s",
			report.bytes / 1024);
		if (report.lost > 0)
			app_say(app, "%" PRIu64 " record%s did not read",
				report.lost, report.lost == 1 ? "" : "s");
		if (report.aside > 0)
			app_note(app,
				"%zu file%s in quarantine: unreadable before, "
				"and left as it was",
				report.aside, report.aside == 1 ? "" : "s");
		app_note(app,
			"copies made before (backups, synced folders, freed "
			"blocks of a disk) still open with an old vault.atv "
			"and "
			"its secret");
		if (loses_code(&k, fits))
			st = renew_code(app, k.vault, err);
	}
	rotate_report_release(&report);
	key_held_free(&h);
	key_vault_close(&k);
	return st;
}
