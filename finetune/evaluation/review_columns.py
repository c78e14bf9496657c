"""What the columns of a table for people are called: the rows to look at, and what was said of them. Loads nothing."""

from finetune.language.say import Message

CORRECT = Message("correct", context="column of a review")
FILE = Message("file", context="column of a review")
LINE = Message("line", context="column of a review")
WHY = Message("why", context="column of a review")
FIRST = Message("first answer")
SECOND = Message("second answer")
SURE = Message("confidence", context="column of a review")
SECOND_SURE = Message("confidence of the second")
LOW = Message("low", context="column of a review")
HIGH = Message("high", context="column of a review")
GIVEN = Message("label before", context="column of a review")
WHO = Message("who", context="column of a review")
WHEN = Message("when", context="column of a review")
NOTE = Message("note", context="column of a review")
