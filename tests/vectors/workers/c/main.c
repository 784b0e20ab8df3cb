// Answers the questions of the vectors' runner in C, one JSON object a line: tests/vectors/WORKER.md says how.
#include <stdio.h>
#include <stdlib.h>

#include "json.h"
#include "output.h"
#include "question.h"

// Reads a line of any length without its end; false at the end of the input.
static bool read_line(FILE *from, output *line) {
  char part[65536];
  line->length = 0;
  while (fgets(part, sizeof part, from)) {
    output_raw(line, part);
    if (line->text[line->length - 1] == '\n') {
      line->length--;
      return true;
    }
  }
  return line->length > 0;
}

int main(void) {
  output line = {.text = NULL};
  while (read_line(stdin, &line)) {
    output answer = {.text = NULL};
    json *question = json_parse(line.text, line.length);
    if (question)
      question_answer(question, &answer);
    else
      output_raw(&answer, "{\"problem\":\"a question that is no JSON\"}");
    json_free(question);
    (void)fwrite(answer.text, 1, answer.length, stdout);
    (void)fputc('\n', stdout);
    output_free(&answer);
    if (fflush(stdout) != 0)
      return EXIT_FAILURE;
  }
  output_free(&line);
  return EXIT_SUCCESS;
}
