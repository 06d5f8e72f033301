// The one place where Asio's separately compiled part is built.
#include <boost/asio/impl/src.hpp>
