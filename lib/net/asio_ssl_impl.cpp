// The one place where the separately compiled part of Asio's TLS is built.
#include <boost/asio/ssl/impl/src.hpp>
