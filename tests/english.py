"""English in what the program says: which lines of an output are not in the reader's language, whatever that is.

A word tells: one that stands in no Portuguese sentence, so that a label of one word is found as well as a sentence.
Names are of no language: `ALLOWED` says what is taken for one, and why.
"""

import re
from html import unescape

_EVERYWHERE = """
the this that these those an of from with without within into onto upon about above below behind beside
between under over against before after since until while during through and or but nor if then than because
though whether is are was were be been being isn't aren't wasn't has have had having does did doing done
don't doesn't didn't can cannot can't could would should will won't shall may might must not none nothing
nobody nowhere neither either both each every any anything anyone all other others another same such own
only too very also just already still yet again once twice never always often here there where when why how
what which who whose it its itself they them their theirs themselves we us our ours you your yours at by to
down off away together more most less least few fewer many much enough several one two three four five six
seven eight nine ten first second third last next new old good better best worse worst bad great large
larger largest smaller smallest long longer short shorter high higher highest low lower lowest full empty
whole half right wrong true yes please however instead otherwise unless except rather quite near nearly
almost in
"""

_HERE = """
ability accepts accuracy added adds agree agrees allowed alone answer answers appears argument arguments
asked asks assumed attempt automatic available average balanced batches became become becomes began begin
begins begun belong belongs blanks branch broken browser build built button calibrated calibration call
called calls came card cards caused cells change changed changes check checked checks choice choose chosen
class clean clear close closed code column columns command commands common compare compared complete
computed computes confidence confident confidently confused confusion contains content copied copy correct
corrected cost costs count counted counts cross current curve curves cut damaged decided decides decimals
default defaults deleted deletes demonstration device devices differ difference different differs disk
divided divides download downloaded drop dropped due duplicate duplicates earlier early ended ends epoch
epochs error errors estimate estimated example examples exists expected expired failed fails failure falls
fast faster file files fill filled find finds fine finish finished fixed flag fold folder folders folds
follow following follows found fraction free frequent further gave get gets give given gives goes going gone
got greater group groups grow growing guess happened happens hardware held help hidden hold holds hours
human idle ignore ignored improve improved included input installed interrupted interval invalid items
keep keeps kept key keys killed kind kinds know known label labelled labels lacks language later layer
layers learn learned learning learns leave leaves left length lengths letter letters level likely limit
limits line lines list listed loaded loading lock locked longest look looks loss losses lost machine made
make makes mark marked marks match matches maximum mean meaning means meant measure measured measures memory
message messages minute minutes missing misspelt mistake mixed moved name named names need needed needs
network newer newest number numbers oldest open opened opens order ordered outside overall page pages pass
passed patience peak people percent permission picture pictures place places point power predicted
prediction predictions problem process processes put raise raised ran rank rare rate rates reach reached
reaches read reader reads ready reason recall recent recipe recipes reduced refused remaining removed repair
repaired repeat repeated replaced report reported reset restored result results resumed resumes
returned row rows run running runs safe sample samples save saved saves saw say says scheduled score scored
scores seconds see seed seeds seems seen select selected sentence sentences setting settings share shared
shares show showed shown shows side simple size sizes skipped slow slower snapshot solved something
sometimes source sources space speed split splits spread stand standing stands start started starting starts
state stay stays step steps stop stopped stopping stops sum summary support sure switched table tables take
taken takes tells tested text texts think threshold throughput thus times took touched towards train
trained training trains tried trust try trying turned typed types unable understood unfinished unknown
unlabelled unseen untouched untrained unused usable usage used useful user uses using usual usually
utilization valid validated value values version versions waiting waits want wanted warning warnings weighed
weight weights went width words work worked worker works worth wrapped write writes written wrote
"""

WORDS = frozenset([*_EVERYWHERE.split(), *_HERE.split()])
"""Words that no Portuguese sentence has: those of every English text, and those of this program's and its libraries'."""

ALLOWED: dict[str, str] = {
    # a command to copy, on a line of its own
    r"^ +(?:\$ )?(?:finetune|pip|hf|source|tensorboard|ulimit|export|scripts/|FINETUNE_)[^\n]*": "  pip install -e .[clean]",
    r"^(?:source|\.) \S+/activate\S*$": "source .venv/bin/activate",
    r"\bfinetune\s+runs\s+(?:name|delete|tidy)\b": "finetune runs name 3 producao dá um nome",
    r"\bfinetune (?:[a-z]+\b(?:/[a-z]+)*)?": "finetune report: erro: não há treino nenhum",
    # what the user typed or wrote, also where the line is broken within it
    r'"(?:[^"\n]|\n(?!\n)){1,160}"': 'não há "file"',
    r"(?<!\w)'[^'\n]{1,80}'(?!\w)": "monitor é 'loss'",
    r"`[^`\n]+`": "a coluna `text`",
    # options with their values, and the keys of a configuration: in a table of a page, a tab is between the two
    r"^\w+[._][\w.]*\t[^\t\n]+$": "on_nan\tstop",
    r"^effort\t\w+$": "effort\tgood",
    r"\b(?:16|32|64|bf16)-(?:true|mixed)\b": "precisão 32-true",
    r"--[\w.+-]+(?:[= ](?:true|false|null|last|latest|error|drop|min|max|[\w./]*\d[\w.,]*))?": "use --data.on_bad_rows error",
    r"\b[\w-]+(?:\.[a-zA-Z_][\w-]*)+\b": "a opção model.loss",
    # folders, addresses and the names of metrics, but no rate such as samples/s
    r"(?:\w+:/{2,3}|~/|\.{0,2}/)?(?:[\w.@+=-]+/(?!(?:s|min|h)\b))+[\w.*@+=-]*": "a maior val/loss",
    # names in code
    r"\b\w*_\w+\b": "test_loss",
    # names of packages, journals and products
    r"\b(?:scikit-learn|Machine Learning|JSON Lines)\b": "do scikit-learn",
    # the list of commands
    r"^  (?:check|label|report|runs|watch) {3,}": "  check     diz o que há de errado",
    r"^    (?:name|delete|tidy) {3,}": "    name              dá um nome a um treino",
    r"\{name,delete,tidy\}": "uso: finetune runs {name,delete,tidy}",
    r"\bruns delete\b": "runs delete 3 apaga o treino 3",
    # the choices that there are: commands, values of an option, as they have to be typed
    r"\bfit,\s+validate,\s+test,[\w\s,]+\bruns\b": "comandos: fit, validate, test, predict, report, runs",
    r"\btrue\s+ou\s+false\b": "dê true ou false",
    r"\bbest\s+\(o\s+melhor\b": "latest (o mais novo) ou best (o melhor na validação)",
    r"\breport,\s+error\s+ou\s+skip\b": "dê report, error ou skip",
    # the English word, in brackets behind the Portuguese one
    r"\((?:fine-tuning|label smoothing|learning rate|loss|overfitting)\)": "a perda (loss)",
    # what a library says, announced as what it is
    r"\(mensagem\s+d[eo]\s+[^:]{1,60},\s+em\s+inglês:\s[\s\S]*?\)(?=[.,;:]?(?:\s|$))": "(mensagem do pyarrow, em inglês: not a file)",
}
"""What is of no language: patterns, each with a line that it is needed for."""


def visible(page: str) -> str:
    """What a reader sees of an HTML page, and what is read out to one who does not see it."""
    page = re.sub(r"<!--.*?-->|<(style|script)\b.*?</\1>", " ", page, flags=re.DOTALL)
    told = re.findall(r'\b(?:alt|title|aria-label|placeholder)="([^"]*)"', page)
    inline = r"</?(?:a|abbr|b|code|em|i|mark|small|span|strong|sub|sup|tspan)\b[^>]*>"
    page = re.sub(r"</t[dh]>\s*<t[dh]\b[^>]*>", "\t", re.sub(inline, " ", page))
    text = re.sub(r"<[^>]+>", "\n", page)
    return unescape("\n".join([*told, *text.splitlines()]))


def english_sentences(text: str) -> list[str]:
    """The lines of an output that have English in them."""
    lines = text.splitlines()
    for pattern in ALLOWED:
        # line breaks stay, so that what is left can be told by its line
        text = re.sub(pattern, lambda found: re.sub(r"[^\n]+", " ", found[0]), text, flags=re.MULTILINE)
    left = text.splitlines()
    return [
        line.strip()
        for line, rest in zip(lines, left, strict=True)
        if WORDS & set(re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", rest.lower()))
    ]
