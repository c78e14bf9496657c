"""Which language the reader reads; `callbacks` decides. The sentences themselves stand where they are said."""

from callbacks.language.which import VARIABLE as VARIABLE
from callbacks.language.which import language as language
from callbacks.language.which import language_of as language_of
from callbacks.language.which import languages as languages
from callbacks.language.which import name_of as name_of
from callbacks.language.which import speaking as speaking
