/// What web pages do: sort tables, and say what is live at a step of a timeline.
enum PageScript {
  static let source: Markup = #"""
    'use strict';
    function sortable(table) {
      const body = table.tBodies[0];
      table.tHead.querySelectorAll('th').forEach(head => {
        const column = head.cellIndex, button = head.querySelector('button');
        if (!button) return;
        const isNumber = [...body.rows].some(row => row.cells[column].dataset.v !== undefined);
        const key = row => {
          const cell = row.cells[column];
          return isNumber ? Number(cell.dataset.v ?? -Infinity) : cell.textContent;
        };
        button.addEventListener('click', () => {
          const wasDescending = head.getAttribute('aria-sort') === 'descending';
          const isFirst = !head.hasAttribute('aria-sort');
          const isDescending = isFirst ? isNumber : !wasDescending;
          table.querySelectorAll('th').forEach(other => other.removeAttribute('aria-sort'));
          head.setAttribute('aria-sort', isDescending ? 'descending' : 'ascending');
          const order = (a, b) => a < b ? -1 : a > b ? 1 : 0;
          const rows = [...body.rows].map(row => [key(row), row]);
          rows.sort((a, b) => (isDescending ? -1 : 1) * order(a[0], b[0]));
          body.append(...rows.map(pair => pair[1]));
        });
      });
    }
    function timeline(figure) {
      const data = JSON.parse(figure.querySelector('script').textContent);
      const plot = figure.querySelector('.plot'), cursor = figure.querySelector('.cursor');
      const readout = figure.querySelector('.readout'), live = figure.querySelector('.live');
      const count = data.amounts.length, top = Number(plot.getAttribute('aria-valuenow')) - 1;
      let step = top;
      function bytes(amount) {
        const unit = data.units.filter(unit => amount >= unit.size).pop() ?? data.units[0];
        return (amount / unit.size).toFixed(unit.decimals) + ' ' + unit.name;
      }
      function show(next) {
        step = Math.max(0, Math.min(count - 1, next));
        cursor.style.left = (step + 0.5) / count * 100 + '%';
        const label = data.names[data.labels[step]] ?? '';
        const text = `Step ${step + 1} of ${count}: ${bytes(data.amounts[step])}`
          + (label ? ` live at ${label}` : ' live');
        readout.textContent = text;
        plot.setAttribute('aria-valuenow', step + 1);
        plot.setAttribute('aria-valuetext', text);
        list();
      }
      function list() {
        if (!data.live.length) return;
        const here = data.live.filter(item => item[2] <= step && step < item[3]);
        here.sort((a, b) => b[1] - a[1]);
        const shown = here.slice(0, 10).map(item => [data.names[item[0]], item[1]]);
        const rest = here.slice(10).reduce((sum, item) => sum + item[1], 0);
        if (rest) shown.push([`${here.length - 10} more`, rest]);
        live.tBodies[0].replaceChildren(...shown.map(([name, amount]) => {
          const row = document.createElement('tr');
          const cells = [document.createElement('td'), document.createElement('td')];
          cells[0].textContent = name;
          cells[0].className = 'name';
          cells[1].textContent = bytes(amount);
          cells[1].className = 'n';
          row.append(...cells);
          return row;
        }));
        live.hidden = false;
      }
      const at = event => {
        const box = plot.getBoundingClientRect();
        show(Math.floor((event.clientX - box.left) / box.width * count));
      };
      plot.addEventListener('pointermove', at);
      plot.addEventListener('pointerdown', at);
      plot.addEventListener('keydown', event => {
        const page = Math.max(1, Math.round(count / 20));
        const moves = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: page,
          PageDown: -page, Home: -count, End: count };
        if (event.key === 'p') show(top);
        else if (moves[event.key]) show(step + moves[event.key]);
        else return;
        event.preventDefault();
      });
      show(top);
    }
    document.querySelectorAll('table.sortable').forEach(sortable);
    document.querySelectorAll('figure.timeline').forEach(timeline);
    """#
}
