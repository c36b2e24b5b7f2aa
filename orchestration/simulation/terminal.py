"""The report of a simulation in the terminal."""

from rich.console import Console, JustifyMethod
from rich.markup import escape
from rich.table import Table

from orchestration.simulation.report import Report


def show(report: Report) -> None:
    """Print all sections; names are text, whatever brackets are in them."""
    console = Console(highlight=False)
    console.print(f"[bold]{escape(report.title)}[/bold]", soft_wrap=True)
    console.print(escape(report.headline), soft_wrap=True)
    for section in report.sections:
        console.print()
        if section.rows:
            table = Table(title=escape(section.title), title_justify="left")
            for number, column in enumerate(section.columns):
                justify: JustifyMethod = "right" if number else "left"
                table.add_column(escape(column), justify=justify, overflow="fold")
            for row in section.rows:
                table.add_row(*map(escape, row))
            console.print(table)
        else:
            console.print(f"[italic]{escape(section.title)}[/italic]")
        if section.note:
            console.print(escape(section.note), soft_wrap=True)
    console.print()
