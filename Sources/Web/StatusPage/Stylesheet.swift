internal import HTTPServer

/// How the status page looks: a file of its own, since the page's policy allows no inline styles.
enum Stylesheet {
    static let path = "/style.css"

    static var response: ServerResponse {
        ServerResponse(
            status: 200,
            headers: [
                ("Content-Type", "text/css; charset=utf-8"), ("X-Content-Type-Options", "nosniff"),
                ("Cache-Control", "max-age=300"),
            ], body: Array(css.utf8))
    }

    private static let css = """
        :root {
          color-scheme: light dark;
          --text: #1d2530; --muted: #56606d; --page: #f4f6f8; --card: #fff; --line: #d9dee4;
          --good: #17703c; --bad: #b3261e; --neutral: #56606d; --link: #0b5cad;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --text: #e4e8ed; --muted: #a3adb8; --page: #12161b; --card: #1b2128; --line: #343c46;
            --good: #5fcf8c; --bad: #ff8a80; --neutral: #a3adb8; --link: #7db8f5;
          }
        }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 1rem; max-width: 70rem; color: var(--text); background: var(--page);
          font: 1rem/1.45 system-ui, sans-serif; }
        h1 { font-size: 1.3rem; margin: 0; }
        h2 { font-size: 1.15rem; margin: 0 0 .6rem; overflow-wrap: anywhere; }
        h3 { font-size: .85rem; margin: .4rem 0; color: var(--muted); font-weight: 600; }
        small, .as-of, dt, thead th { color: var(--muted); font-weight: 400; }
        header p { margin: .2rem 0 1rem; }
        .as-of { font-size: .85rem; display: inline-block; }
        .overview { list-style: none; padding: 0; margin: 0 0 1rem; display: flex; flex-wrap: wrap; gap: .4rem 1.5rem; }
        .overview .down { flex-basis: 100%; border-left: .25rem solid var(--bad); padding-left: .75rem; overflow-wrap: anywhere; }
        section { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem;
          margin-bottom: 1rem; }
        .badge { display: inline-block; padding: 0 .6em; border: 1px solid; border-radius: 1em; font-size: .85rem; }
        .badge.good { color: var(--good); } .badge.bad { color: var(--bad); } .badge.neutral { color: var(--neutral); }
        .trouble { border-left: .25rem solid var(--bad); padding-left: .75rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
        .trouble p { margin: 0 0 .3rem; }
        .columns { display: grid; gap: 1rem 2rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: .9rem; }
        th { text-align: left; font-weight: 400; }
        td, th { padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--line); }
        td:last-child, th:last-child { padding-right: 0; }
        .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        .bar { width: 45%; min-width: 2rem; } .bar svg { display: block; width: 100%; height: .6rem; }
        .chart { display: grid; grid-template-columns: max-content 1fr; gap: .5rem; padding-top: .4rem; }
        .chart svg { display: block; width: 100%; height: 108px; }
        .scale { display: flex; flex-direction: column; justify-content: space-between; height: calc(96px + .75rem);
          margin-top: -.375rem; text-align: right; font-size: .75rem; line-height: 1; color: var(--muted); }
        .grid { stroke: var(--line); vector-effect: non-scaling-stroke; }
        rect.good { fill: var(--good); } rect.bad, rect.failure { fill: var(--bad); } rect.neutral { fill: var(--neutral); }
        .columns p { margin: .3rem 0 .6rem; font-size: .85rem; color: var(--muted); }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem .9rem; margin: 0; font-size: .9rem; }
        dd { margin: 0; overflow-wrap: anywhere; }
        section > .scroll { margin-top: 1rem; }
        nav a { margin-right: 1rem; } a { color: var(--link); }
        footer { color: var(--muted); font-size: .85rem; overflow-wrap: anywhere; }
        @media (max-width: 30rem) {
          body { padding: .5rem; } section { padding: .75rem; } table, dl { font-size: .8rem; }
          td, th { padding-right: .5rem; } .wide { display: none; } .bar { width: 20%; }
        }
        .hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }

        """
}
