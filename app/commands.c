/* app/commands.c -- the command table (command.h). Everything about a command but its handler stands here, once: parsing, help, Tab,
 * docs/commands.md and the test that runs every example walk it. */
#include <string.h>

#include "app/command.h"
#include "app/verbs.h"
#include "engine/mask/curriculum.h"
#include "engine/mask/mask.h"
#include "engine/train/whatif.h"
#include "tui/layout.h"
#include "viewer/board.h"

static const char *const *whatif_masks(void) {
	static const char *names[WHATIF_MASKS + 1];
	for (int i = 0; i < WHATIF_MASKS; i++) names[i] = whatif_mask_name[i];
	return names;
}

static const char *const *sources(void) {
	static const char *names[SOURCES + 1];
	for (int i = 0; i < SOURCES; i++) names[i] = mask_source_name[i];
	return names;
}

static const char *const *board_columns(void) {
	static const char *names[BOARD_COLUMNS + 1];
	for (int i = 0; i < BOARD_COLUMNS; i++) names[i] = board_column_name[i];
	return names;
}

static const char *const *generators(void) {
	static const char *names[MASK_GENERATORS + 1];
	for (int i = 0; i < MASK_GENERATORS; i++) names[i] = mask_generator_name[i];
	return names;
}

/* For attend's Tab. */
VALUE_CHOICES(layer_names, "last", "semseg", "instance", "rgb", "semseg.0", "semseg.1", "instance.0", "instance.1", "rgb.0", "rgb.1")
VALUE_CHOICES(head_names, "mean", "rollout")
VALUE_CHOICES(query_names, "global", "mean")
VALUE_CHOICES(substitutes, "none", "semseg", "instance", "rgb", "semseg:next", "instance:next", "rgb:next")
VALUE_CHOICES(looks, "overlay", "plain", "both")
VALUE_CHOICES(granularity_names, "semseg", "instance", "rgb")

static const char *const *interpolations(void) {
	static const char *names[INTERPOLATIONS + 1];
	for (int i = 0; i < INTERPOLATIONS; i++) names[i] = interpolation_name[i];
	return names;
}

/* "next" for a key that walks the schedule. */
static const char *const *until_phases(void) {
	static const char *names[SOURCES + 2];
	for (int i = 0; i < SOURCES; i++) names[i] = mask_source_name[i];
	names[SOURCES] = "next";
	return names;
}

static const char *const *pane_names(void) {
	static const char *names[PANES_MAX + 1];
	for (int i = 0; panes[i]; i++) names[i] = panes[i]->name;
	return names;
}

static const char *const *focus_names(void) {
	static const char *names[PANES_MAX + 3] = {"next", "previous"};
	for (int i = 0; panes[i]; i++) names[i + 2] = panes[i]->name;
	return names;
}

static const char *const *layout_names(void) {
	static const char *names[LAYOUTS + 3] = {"toggle", "next"};
	for (int i = 0; i < LAYOUTS; i++) names[i + 2] = layout_name[i];
	return names;
}

static const char *const *directions(void) {
	static const char *const names[] = {"next", "previous", NULL};
	return names;
}

static const char *const *scroll_names(void) {
	static const char *const names[] = {"up", "down", "top", "end", NULL};
	return names;
}

/* For help's Tab: the names of one word. */
static const char *const *command_names(void) {
	static const char *names[128];
	for (int i = 0, n = 0; commands[i].name && n < 127; i++)
		if (!strchr(commands[i].name, ' ')) names[n++] = commands[i].name;
	return names;
}

#define WORD(n, must, h, ...) {.name = n, .form = ARGUMENT_WORD, .required = must, .help = h, .rule = {__VA_ARGS__}}
#define KEY(n, h, ...) {.name = n, .form = ARGUMENT_KEY, .help = h, .rule = {__VA_ARGS__}}
#define KEY_OR(n, standard, h, ...) {.name = n, .form = ARGUMENT_KEY, .initial = standard, .help = h, .rule = {__VA_ARGS__}}
#define MUST(n, h, ...) {.name = n, .form = ARGUMENT_KEY, .required = true, .help = h, .rule = {__VA_ARGS__}}
#define FLAG(n, h) {.name = n, .form = ARGUMENT_FLAG, .help = h}
#define INT(lo, hi) .type = VALUE_INT, .min = lo, .max = hi
#define REAL(lo, hi) .type = VALUE_REAL, .min = lo, .max = hi
#define ONE_OF(list) .type = VALUE_ENUM, .choices = list
#define FILE_ARG .type = VALUE_FILE
#define SAMPLE_ARG .type = VALUE_SAMPLE
#define TEXT_ARG .type = VALUE_TEXT
#define STEPS INT(1, 1000000000)

/* What app/whatifs.h reads. */
#define WHATIF_ARGUMENTS(standard) \
	WORD("SAMPLE", true, "which", SAMPLE_ARG), KEY_OR("mask", standard, MASK_HELP, TEXT_ARG, .choices = whatif_masks), WHATIF_KEYS
#define MASK_HELP "what is hidden: training's mask, a generator's, none, only-G; or a file (`mask save`)"
#define WHATIF_KEYS \
	KEY("step", "the curriculum's position for training's masks; without it, where the run is", INT(0, 1000000000)), \
	KEY("visible", "V; without it the run's, and for only-G all patches of G", INT(1, 3 * PATCHES_MAX)), \
	KEY("seed", "masks drawn from another seed than the run's", INT(0, 1e15)), \
	KEY("substitute", "a stage G that is handed its own map whole, or another sample's: G:next, G:val/5; or none", TEXT_ARG, .choices = substitutes)

/* What every figure takes. */
#define FIGURE_ARGS WORD("OUT", false, "the file: .png, .pdf or .svg; without it, a window shows the figure", FILE_ARG), \
	KEY_OR("every", "50", "in the window: steps from one drawing to the next; 0: on request", INT(0, 1000000000)), KEY("width", "pixels (PNG), or 1/96 inch each", INT(64, 32000)), \
	KEY("inches", "the width on paper", REAL(0.7, 200)), KEY("dpi", "of a PNG; without it, 192, or 300 with inches", REAL(10, 2400)), KEY("title", "drawn above", TEXT_ARG), \
	KEY("font", "an installed family (`fc-list : family`); without it, DejaVu Sans", TEXT_ARG)
#define SAMPLES_ARG(standard) KEY_OR("samples", standard, "which, of one split", .type = VALUE_SAMPLES)
#define CHECKPOINTS_ARG KEY("checkpoints", "other files' weights beside the present ones, separated by commas", TEXT_ARG)
#define LEGEND_ARG KEY_OR("legend", "on", "the classes' colours below", .type = VALUE_BOOL)
#define PLACES_ARG KEY_OR("places", "5", "how many, from t = 0 to 1", INT(2, 11))
#define PRESET_ARG KEY("preset", "another curriculum than the run's", ONE_OF(curriculum_presets))

/* A small run, for the examples: a second each. */
#define SMALL "set preset=tiny batch=4 threads=1 eval_every=0; data scenes train=16 val=8; "
#define SMALL_PRINTS "scenes: train 16, val 8 samples, 133 classes\n"

const struct command commands[] = {
	/* ---- general ---- */
	{"help", "General", verb_help,
	 {WORD("NAME", false, "a command or an option", TEXT_ARG, .choices = command_names), WORD("MORE", false, "its second word", TEXT_ARG)},
	 .help = "lists the commands, or tells all about one",
	 .example = "help until",
	 .prints = "until [step=N] [phase=semantic|instance|random|next] [EXPR]\n  trains until a step or a phase...example: ..."},
	{"status", "General", verb_status,
	 .help = "where the run is: step, phase, losses, speed, model, data, device",
	 .example = "status",
	 .prints = "state      paused at step 0 of ...\nphase      semantic: alpha 1.000, beta 0.000, gamma 0.000...run        ..."},
	{"set", "General", verb_set, .settings = true, .recorded = true,
	 .help = "shows or changes options",
	 .more = "Without arguments it lists all options with their values; a NAME alone shows one with its meaning. Several "
	         "NAME=VALUE are taken together or not at all. A fixed option can be changed until the run's first step or loaded "
	         "weights; a live one applies before the next step, and the run's log records it. visible, batch, lr and "
	         "total_steps follow the preset while they are auto; a value once given stays until NAME=auto.",
	 .example = "set preset=tiny batch=8; set batch",
	 .prints = "batch            8 images ...default auto ...fixed\n..."},
	{"memory", "General", verb_memory, .settings = true,
	 .help = "lists the memory of the model and of a training step, by name, and what is free",
	 .more = "With options as NAME=VALUE it tells what a run with them would need, on any machine, without taking it or setting them: "
	         "precision=bf16 means a GPU's activations of 2 bytes. `A / B` are tensors that share a place, because a step needs them one "
	         "after the other. Pinned host memory of the loader's batches comes on top of it, in the machine's own memory.",
	 .example = "set preset=tiny batch=1; memory; memory preset=base batch=2048 precision=bf16",
	 .prints = "model\n  weights ... MB\n...together ... MB\n...free now ... MB\n  of ...model\n...together ... MB"},
	{"log", "General", verb_log, {KEY_OR("last", "20", "how many lines", INT(1, 1000))},
	 .help = "shows the end of the run's log",
	 .example = SMALL "train steps=1; log last=2",
	 .prints = SMALL_PRINTS "step 1 of ...\n...training\n...step 1: reached the step asked for"},
	{"source", "General", verb_source, {WORD("FILE", true, "a script", FILE_ARG)},
	 .help = "runs the commands of a file, until the first that fails",
	 .more = "A run's own session.c2f is such a file: it repeats the run.",
	 .example = "curriculum save c.txt; source example.c2f",
	 .prints = "saved the curriculum: c.txt\nstep 10 of ..."},
	{"reset", "General", verb_reset, {FLAG("all", "options, curriculum and data go back to their defaults too")},
	 .help = "drops the model and goes back to step 0; what was trained is saved first",
	 .more = "The next training gets a run folder of its own.",
	 .example = SMALL "step; reset; set batch=2; step",
	 .prints = SMALL_PRINTS "step 1 of ...back at step 0\nstep 1 of ..."},
	{"quit", "General", verb_quit,
	 .help = "ends the program; a live run is paused and saved first",
	 .example = "quit; nonsense",
	 .prints = ""},

	/* ---- data ---- */
	{"data", "Data", verb_data,
	 .help = "shows the data set: its samples and classes",
	 .example = "data",
	 .prints = "scenes: train 4096, val 256 samples\n133 classes (80 things, 53 stuff):\n  0 person, 1 bicycle, ...labels for "
	           "probes"},
	{"data open", "Data", verb_data_open, {WORD("DIR", true, "the folder that holds train/", FILE_ARG)}, .recorded = true,
	 .help = "opens a folder in MultiMAE's layout",
	 .more = "DIR/{train,val}/{rgb,instance,semseg}/SUBDIR/NAME.EXT, names matching across the three, and DIR/classes.tsv "
	         "(index, name, r, g, b, thing). RGB is JPEG or PNG, label maps are single-channel PNG. A missing val split is "
	         "allowed.",
	 .example = "data open example-data",
	 .prints = "...example-data: train 2, val 1 samples, 3 classes"},
	{"data scenes", "Data", verb_data_scenes,
	 {KEY_OR("train", "4096", "training samples", INT(1, 10000000)), KEY_OR("val", "256", "validation samples", INT(0, 10000000)),
	  KEY_OR("seed", "0", "of the scenes", INT(0, 9007199254740991.0))},
	 .recorded = true,
	 .help = "uses the embedded procedural scenes (the default)",
	 .example = "data scenes train=16 val=8",
	 .prints = SMALL_PRINTS},

	/* ---- training ---- */
	{"train", "Training", verb_train, {KEY("steps", "how many more; without it, to the run's end (total_steps)", STEPS)},
	 .help = "trains; at a prompt in the background, in a script until it is done",
	 .more = "The run's length is the option total_steps, on which curriculum, warm-up and cosine stand; steps only says how "
	         "far to go now. The first training makes the run folder (see --run) with metrics.jsonl.",
	 .example = SMALL "train steps=3",
	 .prints = SMALL_PRINTS "step 3 of ...: semseg ..., instance ..., rgb ..., total ... (... s, ... steps/s, ... images/s)"},
	{"pause", "Training", verb_pause,
	 .help = "stops training after the step in hand",
	 .example = SMALL "train steps=2; pause",
	 .prints = SMALL_PRINTS "step 2 of ...paused at step 2"},
	{"step", "Training", verb_step, {WORD("N", false, "how many", STEPS)}, .repeats = true,
	 .help = "trains one step, or N; at a prompt an empty line repeats it",
	 .example = SMALL "step 2",
	 .prints = SMALL_PRINTS "step 2 of ..."},
	{"until", "Training", verb_until, 
	 {KEY("step", "the number of steps done", STEPS), KEY("phase", "the curriculum's phase", ONE_OF(until_phases)),
	  WORD("EXPR", false, "or a condition on a step's numbers: loss.rgb<0.3", .type = VALUE_TEXT, .choices = condition_quantities)},
	 .help = "trains until a step or a phase of the curriculum is reached, or a condition holds",
	 .more = "EXPR = TERM [and|or TERM]..., TERM = QUANTITY <|<=|>|>= NUMBER or nan; with spaces in double quotes. Quantities: loss.G, smooth.G (mean of about "
	         "20 steps), jump.G (loss over that mean), G one of semseg, instance, rgb, total; grad_norm, lr, step, images_per_s, visible.G, val.KIND.G.",
	 .example = SMALL "set total_steps=4; until phase=instance",
	 .prints = SMALL_PRINTS "step 1 of 4: ..."},
	{"break", "Training", verb_break, {{0}},
	 .help = "lists the conditions that pause training",
	 .example = "break if nan; break", .prints = "1  break if nan\n1  break if nan"},
	{"break if", "Training", verb_break_if, {WORD("EXPR", true, "as until's", .type = VALUE_TEXT, .choices = condition_quantities)}, .recorded = true,
	 .help = "pauses training behind the first step that fulfils the condition; its batch can then be inspected (`break show`)",
	 .example = SMALL "break if loss.total>0; train steps=3", .prints = SMALL_PRINTS "1  break if loss.total>0\nbreak if loss.total>0 (...) behind step 0\nstep 1 of ..."},
	{"break remove", "Training", verb_break_remove, {WORD("N", false, "its number; all without it", INT(1, BREAKS_MAX))}, .recorded = true,
	 .help = "removes a condition, or all", .example = "break if nan; break remove", .prints = "1  break if nan\nno conditions are set"},
	{"break show", "Training", verb_break_show, {KEY_OR("last", "8", "how many samples", INT(1, BATCH_MAX))},
	 .help = "the last step's batch: its numbers, and its samples with the largest losses, by the names under which `mask` and `look` show them",
	 .example = SMALL "train steps=1; break show last=2", .prints = SMALL_PRINTS "step 1 of ...step 0: semseg ...\n      train/...  look train/...goto 0..."},
	{"goto", "Training", verb_goto,
	 {WORD("STEP", false, "a step", INT(0, 1000000000)), KEY("t", "or the progress", REAL(0, 1)),
	  KEY("by", "or so many steps from where one looks", INT(-1000000000, 1000000000)), FLAG("now", "back to where the run is")},
	 .recorded = true,
	 .help = "looks at another step of the run, without training: what the curriculum is there",
	 .more = "The workbench's panes follow: masks, curriculum. Training knows nothing of it.",
	 .example = "set total_steps=400; goto t=0.5",
	 .prints = "step 200 of 400 (t = 0.5): alpha 0, beta 1, gamma 0; phase instance; lr ...\nphases: semantic from step 0, "
	           "instance from step 100, random from step 300"},
	{"loss", "Training", verb_loss, {KEY_OR("last", "10", "how many steps in the table", INT(1, 100000))},
	 .help = "shows the losses: recent steps, the whole run as bars, then and now, validation",
	 .example = SMALL "train steps=3; loss last=2",
	 .prints = SMALL_PRINTS "step 3 of ...     step    semseg  instance       rgb     total         lr\n        1 ...\n        "
	           "2 ...total ... first       now     ratio ..."},

	{"compare", "Training", verb_compare, {WORD("DIR", false, "a run's folder", FILE_ARG), KEY("name", "what to call it; without it, the folder's name", TEXT_ARG)},
	 .recorded = true,
	 .help = "shows another run's curves beside the present one's; without DIR, lists the runs that are shown",
	 .more = "In the workbench they stand in the losses pane; elsewhere a table sets both runs side by side at the steps that both have. A run that is being trained "
	         "by another program is read up to its last step; the same command reads it again.",
	 .example = "compare example-run name=other; compare",
	 .prints = "1  other: 3 steps, 1 validations (...example-run)\nthe present run has no step yet; other is kept beside it\n1  other: 3 steps..."},
	{"compare remove", "Training", verb_compare_remove, {WORD("N", false, "its number; all without it", INT(1, VIEW_RUNS))}, .recorded = true,
	 .help = "takes another run's curves away, or all", .example = "compare example-run; compare remove 1",
	 .prints = "1  example-run: ...no other run is shown (compare DIR adds one)"},

	/* ---- edits of the curriculum that are seen before they are applied ---- */
	{"edit knot", "Curriculum", verb_edit_knot, {WORD("WHICH", true, "which", ONE_OF(directions))}, .recorded = true,
	 .help = "begins an edit of the curriculum, and chooses the knot that the next edits change", .example = "edit knot next",
	 .prints = "edit: knot 2 of 3 at t 0.5: alpha 0, beta 1, gamma 0 (not applied: ..."},
	{"edit raise", "Curriculum", verb_edit_raise,
	 {WORD("SOURCE", true, "whose share", ONE_OF(sources)), KEY_OR("by", "0.1", "by how much (negative: less)", REAL(-1, 1))}, .recorded = true,
	 .help = "raises a source's share at the knot; the others keep their proportions", .example = "edit raise random by=0.5",
	 .prints = "edit: knot 1 of 3 at t 0: alpha 0.5, beta 0, gamma 0.5 ..."},
	{"edit move", "Curriculum", verb_edit_move, {KEY_OR("by", "0.02", "in progress t", REAL(-1, 1))}, .recorded = true, .help = "moves the knot along the run",
	 .example = "edit knot next; edit move by=0.1", .prints = "edit: ...edit: knot 2 of 3 at t 0.6: ..."},
	{"edit add", "Curriculum", verb_edit_add, {KEY("t", "at this progress; without it, where one looks", REAL(0, 1))}, .recorded = true,
	 .help = "adds a knot on the curve", .example = "edit add t=0.25", .prints = "edit: knot 2 of 4 at t 0.25: alpha 0.5, beta 0.5, gamma 0 ..."},
	{"edit remove", "Curriculum", verb_edit_remove, {{0}}, .recorded = true, .help = "removes the knot", .example = "edit knot next; edit remove",
	 .prints = "edit: ...edit: knot 2 of 2 at t 1: ..."},
	{"edit apply", "Curriculum", verb_edit_apply, {{0}}, .recorded = true, .help = "the edited curriculum is in force from the next step on", .example = "edit raise random; edit apply",
	 .prints = "edit: ..."},
	{"edit drop", "Curriculum", verb_edit_drop, {{0}}, .recorded = true, .help = "forgets the edit", .example = "edit raise random; edit drop", .prints = "edit: ...the edit is dropped"},

	/* ---- the workbench ---- */
	{"look", "Workbench", verb_look,
	 {WORD("SAMPLE", false, "which", SAMPLE_ARG), KEY("by", "or so many samples on", INT(-1000000, 1000000)),
	  KEY("seed", "masks drawn from another seed", INT(0, 1e15)), FLAG("reseed", "or from the next one"), FLAG("trained", "back to training's own masks")},
	 .recorded = true,
	 .help = "chooses the sample that the panes show, and the seed of its masks",
	 .example = "data scenes train=8 val=4; look val/1",
	 .prints = "scenes: train 8, val 4 samples, 133 classes\nlooking at val/1"},
	{"pane", "Workbench", verb_pane,
	 {WORD("NAME", false, "which", ONE_OF(pane_names)), WORD("SETTING", false, "shown, or one of its own", TEXT_ARG),
	  WORD("VALUE", false, "a word, a number, +N, -N, *N, /N, next or toggle", TEXT_ARG)},
	 .screen = true, .recorded = true,
	 .help = "shows a pane's settings, or changes one",
	 .example = "pane log shown off; pane log",
	 .prints = "log          shown o..."},
	{"focus", "Workbench", verb_focus, {WORD("PANE", true, "which", ONE_OF(focus_names))}, .screen = true, .recorded = true,
	 .help = "gives a pane the focus: its keys hold in single-key mode, it is the one that stays where room is short", .example = "focus log", .prints = ""},
	{"layout", "Workbench", verb_layout, {WORD("NAME", true, "which", ONE_OF(layout_names))}, .screen = true, .recorded = true,
	 .help = "arranges the panes: in columns, in one column, or the focused one alone", .example = "layout one", .prints = ""},
	{"keys", "Workbench", verb_keys,
	 {WORD("STATE", false, "on, off or toggle", TEXT_ARG), KEY("help", "on, off or toggle: the list of the focused pane's keys", TEXT_ARG)}, .screen = true,
	 .help = "single-key mode: each key is a command (C-x s begins it, q ends it)", .example = "keys on", .prints = ""},
	{"scroll", "Workbench", verb_scroll, {WORD("TO", true, "where", ONE_OF(scroll_names)), KEY("lines", "how far", INT(1, 1000000))}, .screen = true,
	 .help = "moves through what was printed", .example = "scroll up", .prints = ""},
	{"find", "Workbench", verb_find, {WORD("TEXT", false, "what; nothing ends the search", TEXT_ARG)}, .screen = true,
	 .help = "marks a text in what was printed, and scrolls to it", .example = "find loss", .prints = ""},

	/* ---- masks ---- */
	{"mask", "Masks", verb_mask,
	 {WORD("SAMPLE", true, "which", SAMPLE_ARG), KEY("step", "at this step of the run; without it, where the run is", INT(0, 1000000000)),
	  KEY("generator", "another than the run's", ONE_OF(generators)), KEY("csv", "writes one row per patch", FILE_ARG)},
	 .recorded = true,
	 .help = "prints the three source masks and the final one of a sample, and their numbers",
	 .more = "It is the very mask that training uses at that step, drawn again (docs/masks.md reads it with you). CSV columns: "
	         "granularity,row,col,semantic_label,instance_label,m_semantic,m_instance,m_random,final; 1 is masked, an "
	         "unlabelled patch's semantic label is 255.",
	 .example = "data scenes train=16 val=8; mask train/7 step=0 csv=mask.csv",
	 .prints = SMALL_PRINTS "train/7 at step 0 of ... t = 0; phase semantic; generator curriculum sg-ig-rd, blend topk; "
	           "visible 32\nepoch 0; this step's batch ...\n...semantic...instance...random...final\nsemseg...requested  "
	           "semantic 1.000  instance 0.000  random 0.000\n...wrote mask.csv"},
	{"mask save", "Masks", verb_mask_save,
	 {WORD("SAMPLE", true, "which", SAMPLE_ARG), WORD("FILE", true, "where to", FILE_ARG),
	  KEY("step", "at this step of the run; without it, where the run is", INT(0, 1000000000)), KEY("generator", "another than the run's", ONE_OF(generators))},
	 .recorded = true,
	 .help = "writes a sample's final mask as text, to be edited and given to predict and attend",
	 .more = "`mask SIDE`, then for each granularity its name and SIDE lines of SIDE characters: # masked, . visible; ; begins a comment. A granularity "
	         "that is left out is masked everywhere.",
	 .example = SMALL "mask save val/3 mine.txt generator=semantic; predict val/3 mask=mine.txt out=sheet.png",
	 .prints = SMALL_PRINTS "saved the mask of val/3 at step 0: mine.txt\nval/3, mask given at step 0: ...wrote sheet.png"},
	{"mask stats", "Masks", verb_mask_stats,
	 {KEY_OR("samples", "256", "how many", INT(1, 1000000)), KEY("step", "at this step of the run; without it, where the run is", INT(0, 1000000000)),
	  KEY("generator", "another than the run's", ONE_OF(generators)), KEY("csv", "writes the numbers", FILE_ARG)},
	 .recorded = true,
	 .help = "averages the masks' numbers over the samples that training takes from a step on",
	 .more = "The samples come in training's order, all at the step's alpha, beta, gamma: samples=BATCH is that step's batch. "
	         "CSV columns: step,granularity,quantity,key,value, a row a number (docs/masks.md lists the quantities).",
	 .example = "data scenes train=16 val=8; mask stats samples=8 step=0",
	 .prints = SMALL_PRINTS "8 samples from step 0 of ...visible n, 0 to 64...masked share of each position, in tenths\n"
	           "...requested  semantic 1.000  instance 0.000  random 0.000\n..."},
	{"curriculum", "Masks", verb_curriculum_show,
	 .help = "shows the curriculum: its knots and its curve",
	 .example = "curriculum",
	 .prints = "curriculum sg-ig-rd\ninterpolation linear\n...phase semantic"},
	{"curriculum show", "Masks", verb_curriculum_show,
	 .help = "the same",
	 .example = "curriculum preset rd; curriculum show",
	 .prints = "curriculum rd: 1 knot\ncurriculum rd\n...phase random"},
	{"curriculum preset", "Masks", verb_curriculum_preset, {WORD("NAME", true, "the preset", ONE_OF(curriculum_presets))}, .recorded = true,
	 .help = "takes a preset curriculum",
	 .example = "curriculum preset ig-sg-rd",
	 .prints = "curriculum ig-sg-rd: 3 knots"},
	{"curriculum load", "Masks", verb_curriculum_load, {WORD("FILE", true, "a curriculum file", FILE_ARG)}, .recorded = true,
	 .help = "reads a curriculum from a file",
	 .more = "A line `interpolation linear|cosine|step`, then lines `T ALPHA BETA GAMMA`; # begins a comment.",
	 .example = "curriculum save c.txt; curriculum load c.txt",
	 .prints = "saved the curriculum: c.txt\ncurriculum c: 3 knots"},
	{"curriculum save", "Masks", verb_curriculum_save, {WORD("FILE", true, "where to", FILE_ARG)}, .recorded = true,
	 .help = "writes the curriculum to a file",
	 .example = "curriculum save c.txt",
	 .prints = "saved the curriculum: c.txt"},
	{"curriculum set", "Masks", verb_curriculum_set,
	 {KEY("t", "a knot's progress", REAL(0, 1)), KEY("mix", "its alpha,beta,gamma; they sum to 1", .type = VALUE_REALS, .min = 0, .max = 1, .count = 3),
	  KEY("interpolation", "between knots", ONE_OF(interpolations))},
	 .recorded = true,
	 .help = "adds or changes a knot, or the interpolation, also while training runs",
	 .example = "curriculum set t=0.25 mix=0.5,0.5,0",
	 .prints = "curriculum edited: 4 knots"},
	{"curriculum remove", "Masks", verb_curriculum_remove, {MUST("t", "the knot's progress", REAL(0, 1))}, .recorded = true,
	 .help = "takes a knot out",
	 .example = "curriculum remove t=0.5",
	 .prints = "curriculum edited: 2 knots"},

	/* ---- seeing ---- */
	{"predict", "Seeing", verb_predict,
	 {WHATIF_ARGUMENTS("training"), KEY_OR("count", "1", "so many samples from SAMPLE on", INT(1, 64)),
	  KEY("out", "the sheet: .png, .pdf or .svg; without it, into the run's figures/", FILE_ARG)},
	 .recorded = true,
	 .help = "runs samples through the present weights and draws a sheet",
	 .more = "Per granularity, coarse to fine: the input, the masked input, the cascade's prediction, the prediction pasted on "
	         "the visible patches, the target. It changes nothing of the run. Masks none and only-G leave whole granularities "
	         "visible, only-G with visible=N that many of its patches, chosen at random. substitute=G shows what follows downstream of a "
	         "stage: D_g, which stage G hands on, is then that of a pass in which G's map (or another sample's) is wholly visible "
	         "(docs/paper.md).",
	 .example = SMALL "predict val/3 mask=semantic out=sheet.png",
	 .prints = SMALL_PRINTS "val/3, mask semantic at step 0: semseg ... visible), instance ... visible), rgb ... visible)\n"
	           "wrote sheet.png"},

	{"attend", "Seeing", verb_attend,
	 {WHATIF_ARGUMENTS("only-rgb"), KEY_OR("layer", "last", "0, 1, ... or last: the encoder's blocks; rgb: that stage's cross-attention; rgb.0, rgb.1: its own blocks", TEXT_ARG, .choices = layer_names),
	  KEY_OR("head", "mean", "a number, mean, or rollout (through the encoder's blocks up to the layer)", TEXT_ARG, .choices = head_names),
	  KEY("query", "who looks: global, mean, or a patch (12, semseg:12); without it global, and mean in a stage", TEXT_ARG, .choices = query_names),
	  KEY_OR("granularity", "rgb", "whose patches are looked at", ONE_OF(granularity_names)), KEY("checkpoint", "another file's weights than the live ones", FILE_ARG),
	  KEY("csv", "writes a row a patch", FILE_ARG)},
	 .recorded = true,
	 .help = "shows what a layer of the present weights looks at",
	 .more = "mass: the query's attention by granularity. The numbers below concern the patches of one granularity that have a key (an encoder has "
	         "none for what is masked): the share of the mass on objects (instance map above 0), the least share of patches that holds half "
	         "of it, entropy, and each head's mean distance from query to key. CSV columns: "
	         "layer,head,query,granularity,row,col,masked,present,object,weight. It changes nothing of the run.",
	 .example = SMALL "attend val/3 layer=2 csv=attend.csv; attend val/3 mask=semantic layer=instance granularity=semseg",
	 .prints = SMALL_PRINTS "val/3, mask only-rgb at step 0; weights of step 0\nencoder.2, head mean, query global: mass semseg 0.000, instance 0.000, rgb ..., global ...\n"
	           "rgb: 64 of 64 patches present\non objects ...\nhalf of it ...\nentropy ...\ndistance ... patches, by head\nweights ...\n...wrote attend.csv\n"
	           "val/3, mask semantic at step 0; weights of step 0\ninstance.cross, head mean, query mean: mass ..."},
	{"attend drift", "Seeing", verb_attend_drift,
	 {WORD("CHECKPOINTS", false, "a checkpoint, or a folder of them; without it, the live weights", FILE_ARG), KEY_OR("mask", "only-rgb", "what is hidden", ONE_OF(whatif_masks)),
	  KEY("samples", "so many validation images; without it, the frozen probe's (eval_samples)", INT(1, 1000000)), KEY("csv", "writes a row a checkpoint", FILE_ARG)},
	 .recorded = true,
	 .help = "the paper's attention drift as a curve: how much of the global token's attention is on objects",
	 .more = "Means over the frozen probe's images of what `attend SAMPLE layer=last` prints; `uniform` is what attention without a preference would "
	         "give. CSV columns: step,mask,samples,objects,object_area,area50,relative_entropy.",
	 .example = SMALL "attend drift samples=4",
	 .prints = SMALL_PRINTS "the global token's attention in the encoder's last block, over rgb patches, mask only-rgb\n    step   images on objects   uniform  half mass   entropy\n       0 ..."},
	{"view", "Seeing", verb_view,
	 {WORD("SAMPLES", false, "these; one: COUNT from it on; without it, as before, or val/0", .type = VALUE_SAMPLES), KEY("count", "so many, from one on; 6 at first", INT(1, BOARD_ROWS)),
	  KEY("mask", MASK_HELP, TEXT_ARG, .choices = whatif_masks), WHATIF_KEYS, KEY("versus", "a checkpoint to look at under the same masks; or none", FILE_ARG),
	  KEY("every", "steps from one picture of the live weights to the next, 10 at first; 0: on request", INT(0, 1000000000)),
	  KEY("what", "columns, per granularity; masked,prediction,target,error at first", .type = VALUE_WORDS, .choices = board_columns),
	  KEY("attend", "shows the column attention: what this layer reads (as `attend` names it; off hides it)", TEXT_ARG, .choices = layer_names),
	  KEY("head", "a number, mean, or rollout", TEXT_ARG, .choices = head_names), KEY("query", "who reads: global, mean, or a patch (12, semseg:12)", TEXT_ARG, .choices = query_names),
	  KEY("mass", "the contour goes around the patches that hold so many % of the attention; 50 at first", INT(1, 99))},
	 .help = "opens a window that shows samples through the live weights while training goes on",
	 .more = "A row per sample, columns in the cascade's order. All cells zoom and pan together; what the pointer is on is said below, ? lists the keys. `b` paints masks by "
	         "hand, and each stroke's reconstruction follows. The window waits for no step and no step for it; what it asks changes nothing of the run. Given again, "
	         "it changes what is named and keeps the rest; another mask begins with the run's own step, V and seed. versus=FILE flips every cell to that "
	         "checkpoint's predictions under the very same masks, `v` to and fro. attend=LAYER (or `e`) adds what a layer reads: a click on a patch lets it ask. Without a prompt (scripts, -c, pipes) it says so and does nothing.",
	 .example = "view val/0 count=4 every=5; view val/3,7,12",
	 .prints = "no window without a prompt (...)"},
	{"view refresh", "Seeing", verb_view_refresh, {{0}}, .help = "computes what the window shows again, from the weights as they are", .example = "view refresh",
	 .prints = "no window without a prompt (...)"},
	{"view mask", "Seeing", verb_view_mask,
	 {WORD("FILE", true, "the mask's file", FILE_ARG), WORD("SAMPLE", false, "the row; without it, the first", SAMPLE_ARG), FLAG("save", "writes it; without it, FILE is read")},
	 .help = "puts a mask from a file on one row of the window, or writes the row's into one", .example = "view mask val-0.mask val/0 save", .prints = "no window without a prompt (...)"},
	{"view hold", "Seeing", verb_view_hold, {{0}}, .help = "the window keeps the predictions it has, until `view` or its key t", .example = "view hold",
	 .prints = "no window without a prompt (...)"},
	{"view close", "Seeing", verb_view_close, {{0}}, .help = "closes the window", .example = "view close", .prints = "no window without a prompt (...)"},

	/* ---- figures ---- */
	{"figure reconstruction", "Figures", verb_figure,
	 {FIGURE_ARGS, SAMPLES_ARG("val/0,1,2,3"), KEY_OR("mask", "random", "what is hidden", ONE_OF(whatif_masks)),
	  KEY("step", "the curriculum's position for training's masks; without it, where the run is", INT(0, 1000000000)),
	  KEY("visible", "V; without it, the run's", INT(1, 3 * PATCHES_MAX)), FLAG("raw", "the whole prediction, not only where the input was masked"), CHECKPOINTS_ARG, LEGEND_ARG},
	 .recorded = true,
	 .help = "draws masked inputs, predictions and targets of the three granularities, a row a sample (the paper's Fig. 4)",
	 .more = "A PNG carries the command, the commands that set up the run, the seed, the weights' hash and the program's version as text; `figure redo` reads them.",
	 .example = SMALL "figure reconstruction fig4.png samples=val/0,3", .prints = SMALL_PRINTS "wrote fig4.png"},
	{"figure crossmodal", "Figures", verb_figure,
	 {FIGURE_ARGS, SAMPLES_ARG("val/0,1,2,3"), KEY("from", "this granularity alone; without it, each in turn", ONE_OF(granularity_names)), CHECKPOINTS_ARG, LEGEND_ARG},
	 .recorded = true,
	 .help = "draws what one granularity, visible whole, lets the model predict of the others (the paper's Fig. 5)",
	 .example = SMALL "figure crossmodal fig5.pdf from=rgb", .prints = SMALL_PRINTS "wrote fig5.pdf"},
	{"figure sparse", "Figures", verb_figure,
	 {FIGURE_ARGS, SAMPLES_ARG("val/0,1"), KEY_OR("of", "rgb", "the granularity of which patches are visible", ONE_OF(granularity_names)),
	  KEY_OR("visible", "16", "so many patches of it", INT(1, PATCHES_MAX)), KEY_OR("halvings", "2", "further rows, each with half as many", INT(0, 9)), CHECKPOINTS_ARG, LEGEND_ARG},
	 .recorded = true,
	 .help = "draws what a few patches of one granularity let the model predict (the paper's Fig. 6)",
	 .example = SMALL "figure sparse fig6.png visible=8 halvings=1", .prints = SMALL_PRINTS "wrote fig6.png"},
	{"figure attention", "Figures", verb_figure,
	 {FIGURE_ARGS, SAMPLES_ARG("val/0,1,2,3"), KEY_OR("layers", "last", "as `attend` names them, separated by commas", TEXT_ARG, .choices = layer_names),
	  KEY_OR("head", "mean", "numbers, mean or rollout, separated by commas", TEXT_ARG, .choices = head_names),
	  KEY("query", "who looks: global, mean, or a patch (12, semseg:12), framed; without it global, and mean in a stage", TEXT_ARG, .choices = query_names),
	  KEY_OR("granularity", "rgb", "whose patches are looked at", ONE_OF(granularity_names)), KEY_OR("mass", "50", "percent of the attention that the contour goes around", INT(1, 99)),
	  KEY_OR("look", "overlay", "weights over the picture, plain weights, or both", ONE_OF(looks)), FLAG("contrast", "colours begin at the map's smallest weight, not at 0"),
	  CHECKPOINTS_ARG, KEY("mask", "what is hidden; without it, all but the granularity that is looked at", ONE_OF(whatif_masks))},
	 .recorded = true,
	 .help = "draws what layers look at over RGB patches, with the present weights and with checkpoints' (the paper's Fig. 1)",
	 .more = "Yellow is the map's largest weight; the line goes around the patches that together hold so much of the attention. Slanted lines: the layer has no key for the patch. "
	         "Under a layer: the share on objects, and in brackets what uniform attention would give, means over the samples. rollout: through the encoder's blocks up to the layer.",
	 .example = SMALL "figure attention fig1.png samples=val/0,1 layers=0,last", .prints = SMALL_PRINTS "wrote fig1.png"},
	{"figure dataset", "Figures", verb_figure, {FIGURE_ARGS, SAMPLES_ARG("train/0,1,2,3,4,5"), LEGEND_ARG}, .recorded = true,
	 .help = "draws samples: RGB, instances, semantic classes (the paper's appendix)",
	 .more = "Training samples are shown in the crop that the run's present epoch takes of them.",
	 .example = SMALL "figure dataset data.svg samples=val/0,1,2", .prints = SMALL_PRINTS "wrote data.svg"},
	{"figure masks", "Figures", verb_figure, {FIGURE_ARGS, SAMPLES_ARG("val/0"), PLACES_ARG, PRESET_ARG, LEGEND_ARG}, .recorded = true,
	 .help = "draws the masks of samples along the curriculum, each masked patch in the colour of the source that masked it",
	 .more = "Of the sources that hold a patch, the one with the largest share. Block and tube have no sources: grey.",
	 .example = SMALL "figure masks masks.png places=3 preset=ig-sg-rd", .prints = SMALL_PRINTS "wrote masks.png"},
	{"figure curriculum", "Figures", verb_figure, {FIGURE_ARGS, SAMPLES_ARG("val/0"), PLACES_ARG, PRESET_ARG, LEGEND_ARG}, .recorded = true,
	 .help = "draws alpha, beta, gamma over the run, its phases, and the masks of samples under them (the paper's Fig. 3)",
	 .example = SMALL "figure curriculum fig3.png", .prints = SMALL_PRINTS "wrote fig3.png"},
	{"figure losses", "Figures", verb_figure,
	 {FIGURE_ARGS, KEY("runs", "other runs' folders, separated by commas, beside the present one", TEXT_ARG),
	  KEY_OR("log", "on", "logarithmic losses", .type = VALUE_BOOL)},
	 .recorded = true,
	 .help = "draws training and validation losses of the present run, of others, or of both",
	 .example = SMALL "train steps=3; figure losses losses.pdf", .prints = SMALL_PRINTS "step 3 of ...wrote losses.pdf"},
	{"figure drift", "Figures", verb_figure,
	 {FIGURE_ARGS, KEY("checkpoints", "a folder of them; without it the run's, or those beside the one that was loaded, and the present weights", FILE_ARG), KEY_OR("mask", "only-rgb", "what is hidden", ONE_OF(whatif_masks)),
	  KEY("samples", "so many validation images; without it, the frozen probe's (eval_samples)", INT(1, 1000000))},
	 .recorded = true,
	 .help = "draws the paper's attention drift over training: how much of the global token's attention is on objects",
	 .more = "What `attend drift` prints, as curves over the steps of the checkpoints: the share on objects and what even attention would give, their ratio, and how concentrated "
	         "the attention is.",
	 .example = SMALL "set save_every=1 eval_samples=8; train steps=2; figure drift drift.png", .prints = SMALL_PRINTS "step 2 of ...wrote drift.png"},
	{"figure coverage", "Figures", verb_figure,
	 {FIGURE_ARGS, KEY_OR("samples", "256", "how many", INT(1, 1000000)), KEY("step", "at this step of the run; without it, where the run is", INT(0, 1000000000)), KEY("t", "or at this progress", REAL(0, 1))},
	 .recorded = true,
	 .help = "draws how often each position and each class was masked",
	 .more = "The samples are those of `mask stats`: in training's order from the step on, all at its alpha, beta, gamma.",
	 .example = SMALL "figure coverage coverage.png samples=8", .prints = SMALL_PRINTS "wrote coverage.png"},
	{"figure redo", "Figures", verb_figure_redo, {WORD("FILE", true, "a PNG that `figure` or `predict` wrote", FILE_ARG), WORD("OUT", false, "where to; without it, FILE again", FILE_ARG)},
	 .recorded = true,
	 .help = "makes a figure again by the command that its file carries; into the same bytes if the weights are the same",
	 .more = "In a program that has trained and loaded nothing yet, the file's recipe is followed first: data, options, curriculum and checkpoint. Otherwise it shows the present "
	         "weights, and a note says where they differ from the file's. OUT may be of another format.",
	 .example = SMALL "figure masks masks.png; figure redo masks.png again.pdf", .prints = SMALL_PRINTS "wrote masks.png\nwrote again.pdf"},

	/* ---- files ---- */
	{"save", "Files", verb_save, {WORD("FILE", false, "where to; without it, into the run's checkpoints/", FILE_ARG)}, .recorded = true,
	 .help = "writes a checkpoint, from which a run goes on bit for bit",
	 .example = SMALL "step; save run.safetensors",
	 .prints = SMALL_PRINTS "step 1 of ...saved step 1: run.safetensors"},
	{"load", "Files", verb_load, {WORD("FILE", true, "a checkpoint or weights (safetensors)", FILE_ARG)}, .recorded = true,
	 .help = "reads a checkpoint, or weights alone",
	 .more = "A checkpoint brings its options (those that were not set here), its curriculum, its data set (unless one was "
	         "chosen here), optimizer and position. Weights alone must fit the model that the options describe. Weights and moments are "
	         "float32 whatever computed them, so a checkpoint moves between CPU and GPU and between precisions (a note says so when the "
	         "precision is another); bit for bit it goes on only where both are the same.",
	 .example = SMALL "step; save run.safetensors; reset; load run.safetensors; step",
	 .prints = SMALL_PRINTS "step 1 of ...loaded run.safetensors: step 1, curriculum sg-ig-rd\nstep 2 of ..."},
	{"export", "Files", verb_export, {WORD("FILE", true, "where to", FILE_ARG)}, .recorded = true,
	 .help = "writes the weights alone (safetensors)",
	 .example = "set preset=tiny; export init.safetensors",
	 .prints = "wrote the weights of step 0: init.safetensors"},
	{"trace", "Files", verb_trace,
	 {WORD("BATCH", true, "rgb, instance, semseg and masks (safetensors)", FILE_ARG), WORD("OUT", true, "encodings, predictions, losses", FILE_ARG),
	  FLAG("grads", "every parameter's gradient too")},
	 .recorded = true,
	 .help = "computes a given batch, so that the engine can be checked from outside",
	 .more = "docs/spec.md, section 8, has the tensors' names and shapes.",
	 .example = "set preset=tiny classes=133 instances=32 device=cpu; trace example-batch.safetensors out.safetensors grads",
	 .prints = "wrote the trace of example-batch.safetensors: out.safetensors"},
	{0},
};
