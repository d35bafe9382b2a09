/** 0:07, 12:34, 1:02:03 */
export function formatClock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** A remaining time, rounded as people say it: "8 s", "2 min", "1 h 5 min". */
export function formatSpan(seconds: number): string {
  if (seconds < 59.5) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const UNITS = ["B", "KB", "MB", "GB", "TB"];

/** 1.2 MB; decimal units, as file managers and network providers use. */
export function formatBytes(bytes: number): string {
  let [value, unit] = [bytes, 0];
  for (; value >= 999.5 && unit < UNITS.length - 1; unit++) value /= 1000;
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : Number(value.toFixed(1))} ${UNITS[unit]}`;
}

/** "today 14:02", "19 Nov 14:02", "19 Nov 2025": as exact as is needed to distinguish them. */
export function formatMoment(time: string, now: Date): string {
  const moment = new Date(time);
  const clock = moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  if (moment.toDateString() === now.toDateString()) return `today ${clock}`;
  const day = moment.toLocaleDateString([], { day: "numeric", month: "short" });
  return moment.getFullYear() === now.getFullYear() ? `${day} ${clock}` : `${day} ${moment.getFullYear()}`;
}

const languages = new Intl.DisplayNames("en", { type: "language" });

/** "German" for `de`; nothing for an unknown code or no particular language. */
export function formatLanguage(code: string): string | null {
  if (code === "und") return null;
  try {
    return languages.of(code) ?? null;
  } catch {
    return null;
  }
}
