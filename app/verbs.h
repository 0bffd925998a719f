/* app/verbs.h -- the handlers that the command table names, by group: app/verbs_GROUP.c.
 * Each gets a call whose arguments were checked against its row; 0, or an error and nothing changed. */
#pragma once

struct app;
struct call;

/* verbs_general.c */
int verb_help(struct app *a, const struct call *c);
int verb_set(struct app *a, const struct call *c);
int verb_status(struct app *a, const struct call *c);
int verb_memory(struct app *a, const struct call *c);
int verb_log(struct app *a, const struct call *c);
int verb_source(struct app *a, const struct call *c);
int verb_reset(struct app *a, const struct call *c);
int verb_quit(struct app *a, const struct call *c);

/* verbs_data.c */
int verb_data(struct app *a, const struct call *c);
int verb_data_open(struct app *a, const struct call *c);
int verb_data_scenes(struct app *a, const struct call *c);

/* verbs_train.c */
int verb_train(struct app *a, const struct call *c);
int verb_pause(struct app *a, const struct call *c);
int verb_step(struct app *a, const struct call *c);
int verb_until(struct app *a, const struct call *c);
int verb_break(struct app *a, const struct call *c);
int verb_break_if(struct app *a, const struct call *c);
int verb_break_remove(struct app *a, const struct call *c);
int verb_break_show(struct app *a, const struct call *c);
int verb_goto(struct app *a, const struct call *c);

/* verbs_loss.c */
int verb_loss(struct app *a, const struct call *c);

/* verbs_compare.c */
int verb_compare(struct app *a, const struct call *c);
int verb_compare_remove(struct app *a, const struct call *c);

int verb_edit_knot(struct app *a, const struct call *c);
int verb_edit_raise(struct app *a, const struct call *c);
int verb_edit_move(struct app *a, const struct call *c);
int verb_edit_add(struct app *a, const struct call *c);
int verb_edit_remove(struct app *a, const struct call *c);
int verb_edit_apply(struct app *a, const struct call *c);
int verb_edit_drop(struct app *a, const struct call *c);

/* verbs_screen.c */
int verb_look(struct app *a, const struct call *c);
int verb_pane(struct app *a, const struct call *c);
int verb_focus(struct app *a, const struct call *c);
int verb_layout(struct app *a, const struct call *c);
int verb_keys(struct app *a, const struct call *c);
int verb_scroll(struct app *a, const struct call *c);
int verb_find(struct app *a, const struct call *c);

/* verbs_mask.c */
int verb_mask(struct app *a, const struct call *c);
int verb_mask_save(struct app *a, const struct call *c);
int verb_mask_stats(struct app *a, const struct call *c);
int verb_curriculum_show(struct app *a, const struct call *c);
int verb_curriculum_preset(struct app *a, const struct call *c);
int verb_curriculum_load(struct app *a, const struct call *c);
int verb_curriculum_save(struct app *a, const struct call *c);
int verb_curriculum_set(struct app *a, const struct call *c);
int verb_curriculum_remove(struct app *a, const struct call *c);

/* verbs_predict.c */
int verb_predict(struct app *a, const struct call *c);

/* verbs_figure.c */
int verb_figure(struct app *a, const struct call *c);
int verb_figure_redo(struct app *a, const struct call *c);

/* verbs_attend.c */
int verb_attend(struct app *a, const struct call *c);
int verb_attend_drift(struct app *a, const struct call *c);

/* verbs_view.c */
int verb_view(struct app *a, const struct call *c);
int verb_view_refresh(struct app *a, const struct call *c);
int verb_view_mask(struct app *a, const struct call *c);
int verb_view_hold(struct app *a, const struct call *c);
int verb_view_close(struct app *a, const struct call *c);

/* verbs_files.c */
int verb_save(struct app *a, const struct call *c);
int verb_load(struct app *a, const struct call *c);
int verb_export(struct app *a, const struct call *c);
int verb_trace(struct app *a, const struct call *c);
