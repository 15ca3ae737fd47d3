// What a verdict says to a person, in Korean and English. verify.mjs tells a result's members.

const REASONS = {
  en: {
    missing: "A file that belongs to every pack is not there, or is there twice.",
    key: "The verifier key cannot be read, or its key id is not its own.",
    checkpoint: "The checkpoint does not have its form, or has no valid signature of the key.",
    export: "What export.json says is not what the pack holds, or a file was cut at its end.",
    event: "A line is not an event in its one form.",
    order: "An event does not come after the one before it.",
    proof: "An event is not proven to be in the history that was signed.",
    csv: "A row for the spreadsheet is not in its form, or does not show the event.",
    count: "There are more lines or rows than events.",
    expired: "The bytes of an event are gone, but no event says that the keeping rule took them.",
    complete: "The pack says that it is complete, but its events are not the whole history.",
    earlier: "The history is not the one that the earlier checkpoint was signed for, or that checkpoint is not signed by the key.",
  },
  ko: {
    missing: "증적 묶음마다 있어야 하는 파일이 없거나 두 번 들어 있습니다.",
    key: "검증 키를 읽을 수 없거나, 키 식별자가 그 키의 것이 아닙니다.",
    checkpoint: "체크포인트의 형식이 맞지 않거나, 이 키의 유효한 서명이 없습니다.",
    export: "export.json의 내용이 실제로 들어 있는 것과 다르거나, 파일의 끝이 잘렸습니다.",
    event: "정해진 형식의 이력이 아닌 줄이 있습니다.",
    order: "이력의 번호가 앞줄의 번호보다 크지 않습니다.",
    proof: "서명된 전체 이력에 들어 있다고 증명되지 않는 이력이 있습니다.",
    csv: "스프레드시트용 행의 형식이 맞지 않거나, 이력과 다른 내용을 보여 줍니다.",
    count: "이력보다 줄이나 행이 더 많습니다.",
    expired: "내용이 없는 이력이 있지만, 보존 규칙에 따라 삭제했다는 이력이 없습니다.",
    complete: "전체 이력이라고 표시되어 있지만, 들어 있는 이력이 전체와 같지 않습니다.",
    earlier: "이전 체크포인트가 서명한 이력과 다르거나, 그 체크포인트가 이 키로 서명되지 않았습니다.",
  },
};

const UNUSABLE = {
  en: {
    any: "Nothing can be said about this pack.",
    "no-pack": "Name one pack: a ZIP file, or the folder that it unpacks to.",
    "no-file": "The file cannot be read.",
    "no-zip": "The file is not a ZIP file, or is a damaged one.",
    "unknown-packing": "A file in the ZIP file is encrypted, or packed in a way that is not read here.",
    damaged: "A file in the ZIP file is damaged: get the pack again.",
    "no-ed25519": "Ed25519 signatures cannot be checked here: use a newer browser, or Node.js 18 or later.",
  },
  ko: {
    any: "이 증적 묶음에 대해서는 아무것도 판정할 수 없습니다.",
    "no-pack": "ZIP 파일 또는 그 압축을 푼 폴더를 하나 지정하십시오.",
    "no-file": "파일을 읽을 수 없습니다.",
    "no-zip": "ZIP 파일이 아니거나 손상되었습니다.",
    "unknown-packing": "ZIP 안의 파일이 암호화되었거나, 여기서 읽지 않는 방식으로 압축되었습니다.",
    damaged: "ZIP 안의 파일이 손상되었습니다. 증적 묶음을 다시 받으십시오.",
    "no-ed25519": "여기서는 Ed25519 서명을 확인할 수 없습니다. 최신 브라우저나 Node.js 18 이상을 사용하십시오.",
  },
};

const WORDS = {
  en: {
    good: "This pack is good.",
    bad: "This pack is bad.",
    file: (file) => `It is about ${file}.`,
    line: (file, line) => `It is line ${line} of ${file}.`,
    note: (file, line) => `It is the note that begins at line ${line}${file ? ` of ${file}` : ""}.`,
    row: (file, line) => `It is row ${line} of ${file}, below the row with the names of columns.`,
    sequence: (sequence) => `The event has sequence ${sequence}.`,
    proven: (r) => `Every event in it (${r.events}) is proven to be in the history of ${r.size} that ${r.signer} signed at ${r.signed_at}, short root ${r.short_root}.`,
    expired: (count) => `Expired events (${count}) come on top: only their places are left.`,
    complete: "The pack is complete: no event was left out.",
    selection: "The pack is a selection: it does not show whether other events belong here.",
    expiredUnchecked: "As it is a selection, it does not show either that the keeping rule took those expired.",
    compared: (count) => `The history goes on unchanged from the earlier checkpoints that were given (${count}).`,
    notCompared: (count) => `As it is a selection, it could not be compared with earlier checkpoints that were given (${count}).`,
    untrusted: (id) => `The key (${id}) came from the pack itself, so anybody could have signed. Compare it with the key that you know from elsewhere, or give that one.`,
    trusted: (id) => `The signature is of the key that you gave (${id}).`,
  },
  ko: {
    good: "이 증적 묶음은 올바릅니다.",
    bad: "이 증적 묶음은 올바르지 않습니다.",
    file: (file) => `${file} 파일의 문제입니다.`,
    line: (file, line) => `${file}의 ${line}번째 줄입니다.`,
    note: (file, line) => `${file ? `${file}의 ` : ""}${line}번째 줄에서 시작하는 체크포인트입니다.`,
    row: (file, line) => `${file}에서 열 이름 행 다음의 ${line}번째 행입니다.`,
    sequence: (sequence) => `이력 번호는 ${sequence}입니다.`,
    proven: (r) => `들어 있는 이력 ${r.events}건이 모두 ${r.signer}에서 ${r.signed_at}에 서명한 전체 이력 ${r.size}건(루트 ${r.short_root})에 속한다는 것이 증명되었습니다.`,
    expired: (count) => `그 밖의 ${count}건은 보존 기간이 지나 자리만 남아 있습니다.`,
    complete: "전체 이력이며, 빠진 이력이 없습니다.",
    selection: "전체 이력의 일부입니다. 다른 이력이 더 있는지는 알 수 없습니다.",
    expiredUnchecked: "전체 이력의 일부이므로, 자리만 남은 이력이 보존 규칙에 따라 삭제된 것인지도 확인하지 못했습니다.",
    compared: (count) => `주어진 이전 체크포인트(${count}개)부터 이력이 바뀌지 않고 이어졌습니다.`,
    notCompared: (count) => `전체 이력의 일부이므로, 주어진 이전 체크포인트 가운데 ${count}개와는 비교하지 못했습니다.`,
    untrusted: (id) => `키(${id})가 묶음 안에 들어 있던 것이므로, 누구라도 서명할 수 있었습니다. 다른 경로로 알고 있는 키와 비교하거나 그 키를 입력하십시오.`,
    trusted: (id) => `입력한 키(${id})의 서명입니다.`,
  },
};

// Returns whole sentences, the verdict first; `language` is "en" or "ko".
export function explain(result, language) {
  const words = WORDS[language];
  const { reason, file, line, sequence } = result;
  if (result.verdict === "bad") {
    const inFile = file === "events.csv" ? words.row : words.line;
    const place = reason === "earlier" ? words.note : inFile;
    return [
      words.bad,
      REASONS[language][reason],
      line ? place(file, line) : file && words.file(file),
      sequence !== null && words.sequence(sequence),
    ].filter(Boolean);
  }
  return [
    words.good,
    words.proven(result),
    result.expired && words.expired(result.expired),
    result.is_complete ? words.complete : words.selection,
    result.expired && !result.is_complete && words.expiredUnchecked,
    result.compared && words.compared(result.compared),
    result.not_compared && words.notCompared(result.not_compared),
    (result.key_is_trusted ? words.trusted : words.untrusted)(result.key_id),
  ].filter(Boolean);
}

// The same for an error of the class Unusable, or one of the platform in its own words.
export function explainUnusable({ code, message }, language) {
  return [UNUSABLE[language].any, UNUSABLE[language][code] ?? message];
}
