"""What the checks found, in English and Portuguese: what it is, and what to do. Counts stand in a column before it."""

from finetune.language.which import Language

# code: (what the counted things are, what to do about them)
Sentences = dict[str, tuple[str, str]]

SENTENCES: dict[Language, Sentences] = {
    "en": {
        "undivided": (
            "rows that cannot be divided into training, validation and test: {problem}",
            "Mend what it names; what else was found may say more.",
        ),
        "empty_text": (
            "rows without text, left out: {lines}",
            "Fill in the texts or delete the rows.",
        ),
        "empty_label": (
            "rows without label, left out: {lines}",
            "Fill in the labels or delete the rows.",
        ),
        "label_spelling": (
            "rows with a label that differs from another one only by case, accents or spaces: {pairs}",
            "Give each class one name in your file: as it is, they are separate classes.",
        ),
        "label_blanks": (
            "labels with blanks around them, read without",
            "Nothing has to be done.",
        ),
        "test_repeated": (
            "test rows whose text stands in training or validation, case and punctuation aside; equal "
            "letter by letter are {exact}, and of these {train} stand in training",
            "Delete them from one side: on them the score shows memory, not skill.",
        ),
        "validation_repeated": (
            "validation rows whose text stands in training, case and punctuation aside; equal letter by "
            "letter are {exact}",
            "Delete them from one side: they make the model look better than it is while it is chosen.",
        ),
        "repeated_within": (
            "training rows that repeat an earlier one, text and label",
            "Delete them if such texts are not really that frequent.",
        ),
        "conflicts": (
            "texts that stand with different labels, case and punctuation aside; equal letter by letter "
            "are {exact}; in all {rows} rows",
            "Decide on one label for each text: no model can learn both.",
        ),
        "near_duplicates": (
            "validation and test rows (of {held_out}) nearly repeat a row of training or validation: "
            "{alike} alike or more",
            "If they are copies of one text, delete all but one, or give them one value in a column and "
            "name it with --data.group_column.",
        ),
        "near_duplicates_at_least": (
            "or more validation and test rows (of {held_out}; not all could be compared) nearly repeat a "
            "row of training or validation: {alike} alike or more",
            "If they are copies of one text, delete all but one, or give them one value in a column and "
            "name it with --data.group_column.",
        ),
        "class_counts": (
            "classes in {rows} rows",
            "",
        ),
        "class_untrained": (
            "classes without a training row: {names}",
            "Add training rows or remove these classes: they cannot be learned.",
        ),
        "class_untested": (
            "classes without a test row: {names}",
            "Add rows, or expect no figure for them.",
        ),
        "class_unvalidated": (
            "classes without a validation row: {names}",
            "Add rows: the best epoch is chosen without them.",
        ),
        "class_few": (
            "classes with fewer than {few} test rows: {names}",
            "Add rows, or do not rely on the figures of these classes: they are mostly chance.",
        ),
        "test_small": (
            "test rows in all, fewer than {least}",
            "Add rows, or do not rely on small differences of the score: with so few they are chance.",
        ),
        "class_uneven": (
            'training rows in the smallest class ("{smallest}"); the largest ("{largest}") has {ratio} '
            "times as many",
            "Look at macro-F1 and at each class, not at accuracy. More rows of the small classes help most.",
        ),
        "damaged": (
            'texts with damaged letters, such as "{broken}" for "{whole}"',
            "Add --data.fix_encoding true: they are repaired when read, your file stays as it is.",
        ),
        "labels_damaged": (
            "rows with a label whose letters are damaged: {names}",
            "Add --data.fix_encoding true, or correct the names in your file.",
        ),
        "mended": (
            'texts repaired when read, such as "{broken}" to "{whole}"',
            "Your file stays as it is.",
        ),
        "lost_letters": (
            'texts with letters that are lost: "�" stands in their place, mostly of accents',
            "Export the table again from where it came, as UTF-8: nothing else brings them back.",
        ),
        "foreign": (
            "texts (of {looked_at} looked at) in another language than expected; expected: {known}; "
            "found: {found}",
            "Leave them out, or choose a model that knows their language.",
        ),
        "lengths": (
            "texts: half have up to {middle} tokens, 95 % up to {most}, the longest {longest}",
            "",
        ),
        "cut": (
            "texts ({share}) are longer than {max_length} tokens: their ends are cut off",
            "--data.max_length {would_need} cuts fewer or none; it takes more memory and time.",
        ),
        "cut_by_model": (
            "texts ({share}) are longer than the {max_length} tokens that the model can read: their ends "
            "are cut off",
            "Put what matters at the beginning, or take a model that reads longer texts.",
        ),
        "token_leak": (
            'training rows give their label away by one word or pair of words, such as "{token}" for '
            '"{label}": {sure} of the rows with it have that label, {share} of the class have it',
            "If new texts will not have it, remove it: the model would learn it and nothing else.",
        ),
        "column_leak": (
            'rows whose label can be told from the column "{column}" ({sure} of all)',
            "The model does not read that column. Make sure that it did not go into the texts.",
        ),
        "groups_shared": (
            'validation and test rows are of a group ("{column}") that is trained on; {groups} groups: '
            "{names}",
            "Keep whole groups on one side: leave out your own division, and the program does.",
        ),
        "may_be_groups": (
            'different values in the column "{column}", most of them on several rows',
            "If rows of one value are alike, add --data.group_column {column}: they stay on one side.",
        ),
        "later_than_test": (
            "training rows that are later than the first test row",
            "For a fair forecast leave out your own division: the program then tests on the most recent "
            "rows.",
        ),
        "label_errors": (
            "rows (of {looked_at}) with a label that the rest of the table contradicts, the most "
            "suspicious ones first",
            "Look at them and correct the labels that are wrong.",
        ),
        "moments_unread": (
            "rows, of which it could not be told whether training comes before the test: {problem}",
            "Correct the column, or leave out --data.time_column.",
        ),
        "label_errors_unknown": (
            "likely label errors were not looked for: the package cleanlab is not installed",
            'pip install "finetune-text[clean]"',
        ),
        "groups_over_time": (
            "training rows that are later than the first test row, for groups run through the whole time",
            "Groups and time cannot both be kept here: leave out --data.group_column or --data.time_column.",
        ),
    },
    "pt": {
        "undivided": (
            "linhas que não podem ser divididas em treino, validação e teste: {problem}",
            "Conserte o que ela aponta; os outros achados podem dizer mais.",
        ),
        "empty_text": (
            "linhas sem texto, deixadas de fora: {lines}",
            "Preencha os textos ou apague as linhas.",
        ),
        "empty_label": (
            "linhas sem rótulo, deixadas de fora: {lines}",
            "Preencha os rótulos ou apague as linhas.",
        ),
        "label_spelling": (
            "linhas com um rótulo que só difere de outro por maiúsculas, acentos ou espaços: {pairs}",
            "Dê um só nome a cada classe no seu arquivo: assim como estão, são classes separadas.",
        ),
        "label_blanks": (
            "rótulos com espaços em volta, lidos sem eles",
            "Não é preciso fazer nada.",
        ),
        "test_repeated": (
            "linhas de teste cujo texto está no treino ou na validação, sem contar maiúsculas e "
            "pontuação; {exact} são idênticas letra por letra, {train} delas no treino",
            "Apague-as de um dos lados: o modelo já viu esses textos, e a nota fica alta demais.",
        ),
        "validation_repeated": (
            "linhas de validação cujo texto está no treino, sem contar maiúsculas e pontuação; {exact} "
            "são idênticas letra por letra",
            "Apague-as de um dos lados: com elas o modelo parece melhor do que é na hora da escolha.",
        ),
        "repeated_within": (
            "linhas de treino que repetem uma anterior, texto e rótulo",
            "Apague-as se esses textos não forem mesmo tão frequentes.",
        ),
        "conflicts": (
            "textos que aparecem com rótulos diferentes, sem contar maiúsculas e pontuação; {exact} são "
            "idênticos letra por letra; ao todo {rows} linhas",
            "Decida um só rótulo para cada texto: nenhum modelo aprende os dois.",
        ),
        "near_duplicates": (
            "linhas de validação e teste (de {held_out}) quase repetem uma linha do treino ou da "
            "validação: {alike} iguais ou mais",
            "Se forem cópias de um mesmo texto, deixe só uma, ou dê a elas um mesmo valor numa coluna e "
            "indique-a com --data.group_column.",
        ),
        "near_duplicates_at_least": (
            "ou mais linhas de validação e teste (de {held_out}; nem todas puderam ser comparadas) quase "
            "repetem uma linha do treino ou da validação: {alike} iguais ou mais",
            "Se forem cópias de um mesmo texto, deixe só uma, ou dê a elas um mesmo valor numa coluna e "
            "indique-a com --data.group_column.",
        ),
        "class_counts": (
            "classes em {rows} linhas",
            "",
        ),
        "class_untrained": (
            "classes sem nenhuma linha de treino: {names}",
            "Acrescente linhas de treino ou retire essas classes: não há como aprendê-las.",
        ),
        "class_untested": (
            "classes sem nenhuma linha de teste: {names}",
            "Acrescente linhas, ou não espere números para elas.",
        ),
        "class_unvalidated": (
            "classes sem nenhuma linha de validação: {names}",
            "Acrescente linhas: a melhor época é escolhida sem elas.",
        ),
        "class_few": (
            "classes com menos de {few} linhas de teste: {names}",
            "Acrescente linhas, ou não confie nos números dessas classes: são quase só acaso.",
        ),
        "test_small": (
            "linhas de teste ao todo, menos de {least}",
            "Acrescente linhas, ou não confie em diferenças pequenas da nota: com tão poucas, são acaso.",
        ),
        "class_uneven": (
            'linhas de treino na menor classe ("{smallest}"); a maior ("{largest}") tem {ratio} vezes '
            "esse número",
            "Olhe o macro-F1 e cada classe, não a acurácia. Mais linhas das classes pequenas são o que "
            "mais ajuda.",
        ),
        "damaged": (
            'textos com letras danificadas, como "{broken}" em vez de "{whole}"',
            "Acrescente --data.fix_encoding true: são consertados na leitura, e seu arquivo fica como está.",
        ),
        "labels_damaged": (
            "linhas com um rótulo de letras danificadas: {names}",
            "Acrescente --data.fix_encoding true, ou corrija os nomes no seu arquivo.",
        ),
        "mended": (
            'textos consertados na leitura, como "{broken}", que virou "{whole}"',
            "Seu arquivo fica como está.",
        ),
        "lost_letters": (
            'textos com letras perdidas: no lugar delas, quase sempre acentos, está "�"',
            "Exporte de novo a tabela de onde ela veio, em UTF-8: nada mais as traz de volta.",
        ),
        "foreign": (
            "textos (de {looked_at} examinados) em outra língua que não a esperada; esperada: {known}; "
            "encontrada: {found}",
            "Deixe-os de fora, ou escolha um modelo que conheça a língua deles.",
        ),
        "lengths": (
            "textos: metade tem até {middle} tokens, 95 % até {most}, o mais longo {longest}",
            "",
        ),
        "cut": (
            "textos ({share}) têm mais de {max_length} tokens: o final deles é cortado",
            "--data.max_length {would_need} corta menos ou nada; gasta mais memória e tempo.",
        ),
        "cut_by_model": (
            "textos ({share}) têm mais que os {max_length} tokens que o modelo consegue ler: o final é "
            "cortado",
            "Ponha o que importa no começo, ou use um modelo que leia textos mais longos.",
        ),
        "token_leak": (
            'linhas de treino entregam o rótulo por uma palavra ou par de palavras, como "{token}" para '
            '"{label}": {sure} das linhas em que aparece têm esse rótulo, e ela está em {share} da classe',
            "Se ela não vai aparecer nos textos novos, retire-a: o modelo aprenderia só isso.",
        ),
        "column_leak": (
            'linhas cujo rótulo se descobre pela coluna "{column}" ({sure} de todas)',
            "O modelo não lê essa coluna. Confira se ela não entrou nos textos.",
        ),
        "groups_shared": (
            'linhas de validação e teste são de um grupo ("{column}") que está no treino; {groups} '
            "grupos: {names}",
            "Deixe cada grupo inteiro de um lado só: sem a sua divisão, o programa faz isso.",
        ),
        "may_be_groups": (
            'valores diferentes na coluna "{column}", a maioria em várias linhas',
            "Se as linhas de um mesmo valor se parecem, use --data.group_column {column}: ficam do mesmo "
            "lado.",
        ),
        "later_than_test": (
            "linhas de treino posteriores à primeira linha de teste",
            "Para uma nota realista, não use a sua divisão: o programa testa então nas linhas mais recentes.",
        ),
        "label_errors": (
            "linhas (de {looked_at}) com um rótulo que o resto da tabela contradiz, as mais suspeitas "
            "primeiro",
            "Olhe essas linhas e corrija os rótulos que estiverem errados.",
        ),
        "moments_unread": (
            "linhas em que não deu para saber se o treino vem antes do teste: {problem}",
            "Corrija a coluna, ou retire --data.time_column.",
        ),
        "label_errors_unknown": (
            "prováveis erros de rótulo não foram procurados: falta o pacote cleanlab",
            'pip install "finetune-text[clean]"',
        ),
        "groups_over_time": (
            "linhas de treino posteriores à primeira linha de teste, pois há grupos que atravessam o "
            "tempo todo",
            "Aqui não dá para respeitar grupos e tempo: retire --data.group_column ou --data.time_column.",
        ),
    },
}

# Names of the columns of the small tables
HEADERS: dict[Language, dict[str, str]] = {
    "en": {
        "line": "line",
        "like_line": "is like",
        "part": "part",
        "label": "label",
        "count": "rows",
        "text": "text",
        "train": "training",
        "validation": "validation",
        "test": "test",
        "total": "all",
        "is": "as it is",
        "was": "as it was",
        "repaired": "repaired",
        "language": "language",
        "max_length": "max_length",
        "cut": "texts cut",
        "share": "share",
        "group": "group",
        "texts_up_to": "texts of this length",
        "token": "token",
        "sure": "certain",
        "of_class": "of the class",
        "suggested": "suggested",
        "sure_of_label": "chance",
    },
    "pt": {
        "line": "linha",
        "like_line": "parece com",
        "part": "parte",
        "label": "rótulo",
        "count": "linhas",
        "text": "texto",
        "train": "treino",
        "validation": "validação",
        "test": "teste",
        "total": "todas",
        "is": "como está",
        "was": "como estava",
        "repaired": "consertado",
        "language": "língua",
        "max_length": "max_length",
        "cut": "cortados",
        "share": "parcela",
        "group": "grupo",
        "texts_up_to": "textos desse tamanho",
        "token": "palavra",
        "sure": "certeza",
        "of_class": "da classe",
        "suggested": "sugerido",
        "sure_of_label": "chance",
    },
}

WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "severe": "severe",
        "warning": "warning",
        "note": "note",
        "weight": "severity",
        "count": "count",
        "finding": "what was found, and what to do",
        "line": "line",
        "lines": "lines",
        "row": "row",
        "rows": "rows",
        "clean": "The data were checked: nothing severe, no warnings.",
        "summary": "Data checked. Severe: {severe}, warnings: {warning}, notes: {note}.",
        "where": "All lines are in {where}.",
        "all": "finetune check shows all.",
        "severe_advice": "What is severe makes the score untrustworthy. --data.on_findings error stops a fit then.",
        "more": "and {count} more",
        "run_folder": "in the run folder",
    },
    "pt": {
        "severe": "grave",
        "warning": "aviso",
        "note": "informação",
        "weight": "gravidade",
        "count": "número",
        "finding": "o que foi achado, e o que fazer",
        "line": "linha",
        "lines": "linhas",
        "row": "linha",
        "rows": "linhas",
        "clean": "Dados conferidos: nada grave, nenhum aviso.",
        "summary": "Dados conferidos. Graves: {severe}, avisos: {warning}, informações: {note}.",
        "where": "Todas as linhas estão em {where}.",
        "all": "finetune check mostra tudo.",
        "severe_advice": "O que é grave torna a nota pouco confiável. --data.on_findings error interrompe o treino.",
        "more": "e mais {count}",
        "run_folder": "na pasta do treino",
    },
}

# Languages by their code (ISO 639-1); others stand as their code
LANGUAGES: dict[Language, dict[str, str]] = {
    "en": {
        "de": "German",
        "en": "English",
        "es": "Spanish",
        "fr": "French",
        "it": "Italian",
        "pt": "Portuguese",
    },
    "pt": {
        "de": "alemão",
        "en": "inglês",
        "es": "espanhol",
        "fr": "francês",
        "it": "italiano",
        "pt": "português",
    },
}
