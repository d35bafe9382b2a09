// Imported before wrangler, which reads this once: its notes about .dev.vars do not apply, dev/ hands settings over itself.
process.env["WRANGLER_LOG"] ??= "error";
