/** Which outcome words mean that the person had the medicine? As emar/rules/outcomes.py says. */

export const GIVEN: ReadonlySet<string> = new Set([
  "given", "part_given", "self_administered", "made_available", "prompted", "given_by_other_professional",
]);

/** A note must say what happened. */
export const NEEDS_WORDS: ReadonlySet<string> = new Set(["withheld_on_reading", "withheld_on_advice", "other"]);
