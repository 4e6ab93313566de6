module weir.dev/corpus

go 1.20
