# Takes the program out of the header's QUICK START comment: from its first #include to the closing brace of run().
/^ \* QUICK START/ { inside = 1; next }
inside && /^ \* [A-Z]/ { exit }
inside {
  sub(/^ \* ? ? ?/, "")
  sub(/^ \*$/, "")
  print
}
