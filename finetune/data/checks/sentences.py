"""Until the report has left it: the names of `told`, by language."""

from finetune.data.checks.speech import NAMES
from finetune.data.checks.told import HEADERS as MESSAGES
from finetune.data.checks.told import WEIGHTS
from finetune.language.say import in_every_language
from finetune.language.which import languages

HEADERS = {one: {key: in_every_language(name)[one] for key, name in MESSAGES.items()} for one in languages()}
LANGUAGES = {one: {key: in_every_language(name)[one] for key, name in NAMES.items()} for one in languages()}
WORDS = {
    one: {str(key): in_every_language(name)[one] for key, name in WEIGHTS.items()} for one in languages()
}
