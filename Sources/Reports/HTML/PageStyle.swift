/// How web pages look.
enum PageStyle {
  static let sheet: Markup = """
    :root { --ink: #1c1e21; --faint: #5d636b; --line: #d9dde3; --paper: #fff; --panel: #f5f6f8;
      --accent: #2463a8; --bar: #8fb3dc; --good: #1a7436; --bad: #b3261e;
      --p1: #2463a8; --p2: #b7791f; --p3: #1a7f72; --p4: #8a4fbf; --p5: #c2476b;
      --p6: #5a7d1c; --p7: #4a6fd0; --p8: #8c5a3c }
    @media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --faint: #a2a9b3;
      --line: #3a3f47; --paper: #15171a; --panel: #1e2126; --accent: #7db2ef; --bar: #3d6ea5;
      --good: #6cc389; --bad: #ff9a90; --p1: #5f9fe6; --p2: #d9a441; --p3: #45b5a6;
      --p4: #b58be0; --p5: #e67f9d; --p6: #9cc253; --p7: #8aa4f0; --p8: #c7916d } }
    * { box-sizing: border-box }
    body { margin: 0 auto; max-width: 68rem; padding: 1.5rem 1rem 4rem; color: var(--ink);
      background: var(--paper); font: 16px/1.5 system-ui, sans-serif }
    h1 { margin: 0; font-size: 1.8rem; overflow-wrap: anywhere }
    h2 { margin: 2.5rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--line);
      font-size: 1.3rem }
    h3, caption, figcaption { margin: 1.25rem 0 .4rem; font-size: 1rem; font-weight: 600;
      text-align: left }
    .subtitle, .more, small, .note { color: var(--faint) }
    .subtitle { margin: .2rem 0 1rem; overflow-wrap: anywhere }
    .key { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1rem 0; padding: 0;
      list-style: none }
    .key li { flex: 1 1 8rem; padding: .6rem .8rem; border-radius: .4rem;
      background: var(--panel); color: var(--faint) }
    .key strong { display: block; color: var(--ink); font-size: 1.25rem }
    .verdicts { margin: 1rem 0; padding: 0; list-style: none }
    .verdicts li { margin: .3rem 0; padding: .5rem .8rem; border-left: .3rem solid;
      background: var(--panel) }
    .verdicts .good { border-color: var(--good) } .good b { color: var(--good) }
    .verdicts .bad { border-color: var(--bad) } .bad b { color: var(--bad) }
    .wide { overflow-x: auto } .tall { max-height: 32rem; overflow-y: auto }
    .tall thead th, .tall thead td { position: sticky; top: 0; background: var(--paper) }
    table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
    th, td { padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line);
      text-align: left; vertical-align: top; font-weight: 400 }
    thead th { font-weight: 600; color: var(--faint) }
    .figures th { white-space: nowrap; font-weight: 600 } .figures td:last-child { color: var(--faint) }
    th.n, td.n { text-align: right; white-space: nowrap } td.name { overflow-wrap: anywhere }
    th button { padding: 0; border: 0; background: none; color: inherit; font: inherit;
      cursor: pointer; text-align: inherit }
    th button::after { content: " ↕"; opacity: .5 }
    th[aria-sort=ascending] button::after { content: " ↑"; opacity: 1 }
    th[aria-sort=descending] button::after { content: " ↓"; opacity: 1 }
    td.bar { width: 20%; min-width: 5rem; padding-right: 0 }
    td.bar i { display: block; height: .8rem; margin-top: .35rem; background: var(--bar) }
    .budget { display: flex; height: 2rem; margin: .75rem 0; overflow: hidden;
      border: 1px solid var(--line); border-radius: .3rem }
    .budget i { flex: none } .part0 { background: var(--panel) }
    .part1 { background: var(--p1) } .part2 { background: var(--p2) }
    .part3 { background: var(--p3) } .part4 { background: var(--p4) }
    .part5 { background: var(--p5) } .part6 { background: var(--p6) }
    .part7 { background: var(--p7) } .part8 { background: var(--p8) }
    .strip { display: flex; flex-wrap: wrap; gap: .5rem; margin: 0 }
    .strip div { padding: .3rem .6rem; border: 1px solid var(--line); border-radius: .3rem }
    .strip dt { color: var(--faint); font-size: .85rem } .strip dd { margin: 0 }
    .timeline { margin: 1.25rem 0 }
    .plot { position: relative; height: 14rem; margin-top: 1.6rem; background: var(--panel);
      cursor: crosshair; touch-action: pan-y }
    .plot svg { display: block; width: 100%; height: 100% } .plot path { fill: var(--bar) }
    .plot span { position: absolute; pointer-events: none; font-size: .8rem;
      color: var(--faint) }
    .plot .top { left: .3rem; top: -1.5rem } .plot .half { left: .3rem; top: 50% }
    .plot .half::before { content: ""; position: absolute; left: -.3rem; top: 0; width: 2rem;
      border-top: 1px solid var(--faint) }
    .plot .peak { top: 0; bottom: 0; border-left: 2px solid var(--bad) }
    .plot .peak::before { content: "▼"; position: absolute; top: -1.3rem; left: -.55em;
      color: var(--bad) }
    .plot .cursor { top: 0; bottom: 0; border-left: 2px solid var(--accent) }
    .readout { min-height: 3em; margin: .4rem 0; overflow-wrap: anywhere }
    :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
    .drawing { margin: 1.25rem 0 } .drawing svg { display: block; width: 100%; max-height: 26rem;
      background: var(--panel) } .drawing rect { stroke: var(--panel); stroke-width: .5 }
    .b1 { fill: var(--p1) } .b2 { fill: var(--p2) } .b3 { fill: var(--p3) } .b4 { fill: var(--p4) }
    .b5 { fill: var(--p5) } .b6 { fill: var(--p6) } .b7 { fill: var(--p7) } .b8 { fill: var(--p8) }
    .drawing .limit { stroke: var(--bad); stroke-width: 3; stroke-dasharray: 8 6 }
    .drawing .front { fill: none; stroke: var(--accent); stroke-width: 2 }
    .drawing .on { fill: var(--accent) } .drawing .off { fill: var(--faint); opacity: .6 }
    .axis { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .5rem;
      margin: .3rem 0; color: var(--faint); font-size: .9rem }
    pre { margin: .5rem 0; padding: .6rem .8rem; overflow-x: auto; background: var(--panel) }
    pre code { overflow-wrap: normal }
    code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere }
    summary { margin: 1rem 0 .5rem; cursor: pointer; color: var(--accent) }
    .explanations dt { margin-top: .8rem } .explanations dd { margin: 0 0 0 1rem }
    svg.picture { width: 100%; height: auto }
    @media print { body { max-width: none; font-size: 11px } .cursor, th button::after {
      display: none } figure, tr { break-inside: avoid } .wide { overflow: visible;
      max-height: none } }
    @media (max-width: 40rem) { td.bar, .optional { display: none } .plot { height: 10rem }
      td.name { min-width: 9rem } .figures tr { display: flex; flex-wrap: wrap;
      border-bottom: 1px solid var(--line) } .figures td, .figures th { border: 0 }
      .figures td:last-child { flex: 1 0 100% } }
    """
}
