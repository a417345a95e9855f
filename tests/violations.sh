# SPDX-License-Identifier: ISC
# For test scripts: the violations of violations.c that each proof of the audio thread can
# see, and what it must say of them.
# shellcheck shell=sh disable=SC2034

# name, system call
filter_seeds='malloc-large mmap
calloc mmap
realloc mremap
free-large munmap
posix_memalign mmap
aligned_alloc mmap
mutex futex
mtx futex
rwlock futex
rdlock futex
barrier futex
cond_wait futex
sem_wait futex
open openat
fopen call
read read
write write
close close
stat call
printf write
nanosleep clock_nanosleep
usleep clock_nanosleep
sleep clock_nanosleep
clock_nanosleep clock_nanosleep
sched_yield sched_yield
getpid getpid
syscall getppid
socket socket
poll poll
mmap mmap
munmap munmap
thread call
dlopen call
exit exit_group
bare-syscall getpid'

# name, function
sanitizer_seeds='malloc malloc
calloc calloc
realloc realloc
free free
posix_memalign posix_memalign
aligned_alloc aligned_alloc
mutex pthread_mutex_lock
rwlock pthread_rwlock_wrlock
rdlock pthread_rwlock_rdlock
spinlock pthread_spin_lock
cond_signal pthread_cond_signal
open open
fopen fopen
read read
write write
close close
nanosleep nanosleep
usleep usleep
sleep sleep
sched_yield sched_yield
syscall syscall
socket socket
poll poll
mmap mmap
munmap munmap
thread pthread_create
dlopen malloc'

# Calls, for the function effects: in a function with n, out and m at hand, or process().
effect_seeds='malloc(n) calloc(n,1) realloc(m,n) (free(m),0) aligned_alloc(64,n)
  posix_memalign((void**)&out,64,n) pthread_mutex_lock(&m->lock) mtx_lock((mtx_t*)m)
  pthread_rwlock_wrlock((void*)m) pthread_spin_lock((void*)m) pthread_once((void*)m,(void*)m)
  pthread_cond_wait((void*)m,&m->lock) pthread_cond_signal((void*)m) sem_wait((void*)m)
  sem_post((void*)m) pthread_create((void*)m,0,0,0) pthread_join(0,0) printf("%g",*out)
  snprintf((char*)out,n,"%g",*out) fopen("/",0) fwrite(out,1,n,stdout) open("/",O_RDONLY)
  read(0,out,n) write(1,out,n) close(0) usleep(1) nanosleep(0,0) clock_nanosleep(0,0,0,0)
  sched_yield() getpid() syscall(SYS_getpid) socket(0,0,0) poll(0,0,1) time(0)
  mmap(0,n,0,0,0,0) munmap(out,n) dlopen("/",0) getenv("HOME") rand() strdup("x")'
