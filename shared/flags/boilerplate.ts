import { plainText } from "./plain-words.ts";

/**
 * What Whisper says when nobody speaks: lines of the subtitles it was trained on. Reported again and again, among others
 * in Barański et al., "Investigation of Whisper ASR Hallucinations Induced by Non-Speech Audio" (arXiv 2501.11378),
 * openai/whisper discussion 928, Vexa-ai/vexa issues 155 and 617, voquill issue 446.
 */

/** Nobody says these in a conversation: credits. One of them anywhere in a segment makes it doubtful. */
const CREDITS = [
  "amara org", // "Subtitles by the Amara.org community", in every language
  "dimatorzok", // ru: Субтитры сделал DimaTorzok
  "untertitel im auftrag des zdf",
  "untertitelung des zdf",
  "untertitelung im auftrag des zdf",
  "sous titrage société radio canada",
  "sous titrage st 501",
  "sottotitoli e revisione a cura di qtss",
  "transcribed by https otter ai",
  "transcription by castingwords",
  "subtitles by steamteamextra",
  "корректор а егорова",
  "字幕志愿者",
  "明镜与点点栏目",
  "明鏡與點點欄目",
  "字幕製作 貝爾",
  "ترجمة نانسي قنقر",
  "altyazı m k",
  "tekstet af nicolai winther",
  "teksting av nicolai winther",
  "titulky vytvořil johnyx",
  "mbc 뉴스 이덕영입니다",
];

/** People do say these, at the end of a video: doubtful where they are all that a segment says. */
const SIGN_OFFS = [
  "thanks for watching",
  "thank you for watching",
  "thank you so much for watching",
  "please subscribe",
  "please subscribe to my channel",
  "like and subscribe",
  "don t forget to subscribe",
  "see you in the next video",
  "vielen dank fürs zuschauen",
  "bis zum nächsten mal",
  "merci d avoir regardé cette vidéo",
  "gracias por ver el video",
  "gracias por ver el vídeo",
  "suscríbete al canal",
  "obrigado por assistir",
  "grazie per la visione",
  "bedankt voor het kijken",
  "dziękuję za oglądanie",
  "dziękuję za uwagę",
  "спасибо за просмотр",
  "продолжение следует",
  "подписывайтесь на канал",
  "abone olmayı unutmayın",
  "izlediğiniz için teşekkürler",
  "اشتركوا في القناة",
  "شكرا للمشاهدة",
  "ご視聴ありがとうございました",
  "次の動画でお会いしましょう",
  "チャンネル登録お願いします",
  "感谢观看",
  "感謝觀看",
  "谢谢观看",
  "謝謝觀看",
  "시청해주셔서 감사합니다",
  "구독과 좋아요 부탁드립니다",
  "hãy subscribe cho kênh ghiền mì gõ để không bỏ lỡ những video hấp dẫn",
];

const WHOLE = new Set(SIGN_OFFS.map(lettersOf));
const ANYWHERE = CREDITS.map(lettersOf);

export function isBoilerplate(text: string): boolean {
  const letters = lettersOf(text);
  return WHOLE.has(letters) || ANYWHERE.some((credit) => letters.includes(credit));
}

/** Without spaces, which some scripts have and some do not, and some answers of one script have. */
function lettersOf(text: string): string {
  return plainText(text).replaceAll(" ", "");
}
