#!/usr/bin/perl
# A little HTTP server: says its name, one connection at a time.   server.pl PORT
use strict;
use warnings;
use IO::Socket::INET;

$SIG{TERM} = $SIG{INT} = sub { exit 0 };
my $name = $ENV{NAME} // 'demo';
my $server = IO::Socket::INET->new(LocalPort => $ARGV[0] // 8000, Listen => 128, ReuseAddr => 1) or die "listen: $@\n";
while (1) {
  my $client = $server->accept or next;
  my $request = <$client> // '';
  while (my $line = <$client>) { last if $line =~ /^\r?\n$/ }
  if ($request =~ m{^(?:GET|HEAD) }) {
    my $body = "hello from $name\n";
    print $client "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ", length $body,
      "\r\nConnection: close\r\n\r\n", $request =~ /^HEAD/ ? '' : $body;
  } elsif ($request ne '') {
    print $client "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  }
  close $client;
}
