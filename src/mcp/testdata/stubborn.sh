# A server that heeds neither the end of its input nor TERM, with a child that does the same.
trap '' TERM HUP INT
sh -c 'while :; do sleep 0.2; done' &
echo "$$ $!"
while :; do sleep 0.2; done
