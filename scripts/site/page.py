"""How a page looks: one style and one frame for all of them."""

import html

STYLE = """
:root { --text: #1c2430; --soft: #56606e; --line: #dfe3e8; --back: #fff; --side: #f6f8fa; --code: #f3f5f7; --link: #0b5cad; --mark: #0b5cad; }
@media (prefers-color-scheme: dark) {
  :root { --text: #dfe4ea; --soft: #9aa5b1; --line: #343c46; --back: #14181d; --side: #1a1f26; --code: #1f252c; --link: #7ab8ff; --mark: #7ab8ff; }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; color: var(--text); background: var(--back); font: 16px/1.6 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
main { max-width: 50rem; padding: 1.2rem 1.2rem 4rem; min-width: 0; overflow-wrap: break-word; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: .6rem 0 1rem; }
h2 { font-size: 1.35rem; margin: 2.2rem 0 .6rem; padding-top: .4rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.08rem; margin: 1.6rem 0 .4rem; }
p, ul, ol { margin: .7rem 0; }
ul, ol { padding-left: 1.4rem; }
li { margin: .25rem 0; }
code, pre { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .86em; }
code { background: var(--code); padding: .1em .3em; border-radius: 4px; overflow-wrap: anywhere; }
pre { background: var(--code); padding: .8rem 1rem; border-radius: 6px; overflow-x: auto; line-height: 1.45; margin: .9rem 0; }
pre code { background: none; padding: 0; overflow-wrap: normal; font-size: inherit; }
pre.run { border-left: 3px solid var(--mark); }
.file { margin: .9rem 0 -.9rem; font-size: .8rem; color: var(--soft); }
.wide { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .9rem; line-height: 1.45; }
th, td { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; }
.right { text-align: right; }
td code { overflow-wrap: normal; }
figure { margin: 1.4rem 0; }
figure img { max-width: 100%; height: auto; background: #fff; border-radius: 6px; padding: .3rem; display: block; }
figcaption { font-size: .86rem; color: var(--soft); margin-top: .4rem; }
blockquote { margin: 1rem 0; padding: .1rem 1rem; border-left: 3px solid var(--mark); background: var(--side); border-radius: 0 6px 6px 0; }
.formula { overflow-x: auto; overflow-y: hidden; margin: 1rem 0; padding: .2rem 0; }
p.formula { padding-left: 1.5rem; }
math { font-size: 1.08em; }
sub, sup { line-height: 0; font-size: .75em; }
nav a { display: block; padding: .16rem 0; color: var(--text); }
nav a.here { color: var(--link); font-weight: 600; }
nav b { display: block; margin: 1rem 0 .2rem; font-size: .78rem; letter-spacing: .05em; text-transform: uppercase; color: var(--soft); }
.bar { display: flex; align-items: baseline; gap: 1rem; padding: .7rem 1.2rem; border-bottom: 1px solid var(--line); background: var(--side); }
.bar a { color: var(--text); font-weight: 700; }
.bar span { color: var(--soft); font-size: .86rem; }
.menu { padding: .6rem 1.2rem; border-bottom: 1px solid var(--line); background: var(--side); }
.menu summary { cursor: pointer; color: var(--link); }
.side { display: none; }
.on-this-page { font-size: .9rem; color: var(--soft); }
.on-this-page a { margin-right: 1rem; display: inline-block; }
.member { border-top: 1px solid var(--line); padding-top: .3rem; margin-top: 1rem; }
.member pre { margin: .5rem 0; }
.kind { color: var(--soft); font-size: .86rem; }
footer { margin-top: 3rem; padding-top: .8rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .84rem; }
@media (min-width: 900px) {
  .frame { display: grid; grid-template-columns: 15.5rem minmax(0, 1fr); max-width: 80rem; margin: 0 auto; }
  .side { display: block; padding: .6rem 1rem 2rem 1.2rem; background: var(--side); border-right: 1px solid var(--line); font-size: .93rem; min-height: 100vh; }
  .side nav { position: sticky; top: .5rem; max-height: calc(100vh - 1rem); overflow-y: auto; }
  .menu { display: none; }
  main { padding: 1.2rem 2.5rem 4rem; }
}
@media (max-width: 600px) {
  .stack thead { display: none; }
  .stack tr { display: block; border-bottom: 1px solid var(--line); padding: .5rem 0; }
  .stack td { display: block; border: 0; padding: .1rem 0; }
  .stack td[data-label]::before { content: attr(data-label) ": "; color: var(--soft); }
  .stack td code { overflow-wrap: anywhere; }
}
@media print { .side, .menu, .bar { display: none; } }
"""


def page(title: str, body: str, navigation: str, base: str = "", origin: str = "") -> str:
    """A whole page; `base` leads from its folder to the site's."""
    whole = f"{title} · mcmc-run" if title != "mcmc-run" else title
    source = f"<footer>Made from <code>{html.escape(origin)}</code>.</footer>" if origin else ""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{whole}</title>
<link rel="stylesheet" href="{base}style.css">
<link rel="icon" href="data:,">
</head>
<body>
<div class="bar"><a href="{base}index.html">mcmc-run</a><span>maximum-entropy neural networks</span></div>
<details class="menu"><summary>Contents</summary><nav>{navigation}</nav></details>
<div class="frame">
<div class="side"><nav>{navigation}</nav></div>
<main>
{body}
{source}
</main>
</div>
</body>
</html>
"""
