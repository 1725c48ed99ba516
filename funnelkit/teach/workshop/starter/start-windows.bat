@echo off
rem Sets up what this folder needs from the files in it, without a network, and opens the course.
setlocal EnableExtensions DisableDelayedExpansion
title funnelkit
chcp 65001 >nul
pushd "%~dp0" || goto lost
if not exist "setup\begin.py" goto packed
set "PY="
rem the newer launcher would fetch a Python that is missing; here nothing is fetched
set "PYTHON_MANAGER_AUTOMATIC_INSTALL=false"
set "FITS=import sys; sys.exit(not @FROM@ <= sys.version_info < @TO@)"
py -@VERSION@ -c "%FITS%" >nul 2>nul && set "PY=py -@VERSION@"
if not defined PY python -c "%FITS%" >nul 2>nul && set "PY=python"
if not defined PY goto missing
%PY% setup\begin.py %*
set "CODE=%ERRORLEVEL%"
if not "%CODE%"=="0" pause
popd
exit /b %CODE%

:missing
type setup\no-python.txt
popd
goto failed

:packed
echo Unpack the whole zip into a folder first, then start this file again.
popd
goto failed

:lost
echo This folder cannot be opened: "%~dp0"
echo Copy it to this computer, then start this file again.

:failed
pause
exit /b 1
