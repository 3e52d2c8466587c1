# A small MCP server of 2025-11-25: `pid` tells its process id, `hang` never answers, `ask` says what became of a question.
question=''
answer() { printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$1" "$2"; }
text() { answer "$1" "{\"content\":[{\"type\":\"text\",\"text\":\"$2\"}]}"; }
tool() { printf '{"name":"%s","inputSchema":{"type":"object"}}' "$1"; }
while IFS= read -r line; do
  case $line in
    *'"id":"question"'*)
      case $line in
        *'"error"'*) text "$question" refused ;;
        *) text "$question" answered ;;
      esac
      continue ;;
  esac
  id=${line#*'"id":'}
  id=${id%%[,\}]*}
  case $line in
    *'"method":"initialize"'*)
      answer "$id" '{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"older","version":"1"}}' ;;
    *'"method":"ping"'*) answer "$id" '{}' ;;
    *'"method":"tools/list"'*) answer "$id" "{\"tools\":[$(tool pid),$(tool hang),$(tool ask)]}" ;;
    *'"name":"pid"'*) text "$id" $$ ;;
    *'"name":"ask"'*)
      question=$id
      printf '{"jsonrpc":"2.0","id":"question","method":"sampling/createMessage","params":{"messages":[],"maxTokens":1}}\n' ;;
  esac
done
